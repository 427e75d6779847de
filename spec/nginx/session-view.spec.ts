import type { ListedSession } from "../../src/core/listing/page";
import { connect } from "../support/client";
import { startGateway, type Gateway } from "../support/gateway";
import { listSessions, SESSION_CALLS } from "../support/session-calls";
import { whileStopped } from "../support/stop-process";
import { waitFor } from "../support/wait-for";
import { NAME_WORKER, startNamedBackend } from "../support/worker-probe";

interface Answer {
  readonly status: number;
  readonly body: Partial<ListedSession> & {
    readonly mode?: string;
    readonly error?: { readonly message: string };
  };
}

/** On a connection of its own: one that is kept alive may lead to an old worker. */
async function call(gateway: Gateway, id: string, method = "GET"): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/sessions/${id}`, {
    method,
    headers: { connection: "close" },
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

it("a session is shown from its own process and from another one, after a reload too, as long as it is open", async () => {
  const backend = await startNamedBackend("a");
  const gateway = await startGateway({
    config: {
      upstreams: { chat: { peers: [{ id: "a", address: backend.address }] } },
      routes: [{ id: "all", upstream: "chat" }],
    },
    workers: 1,
    locationExtra: `${NAME_WORKER}add_header Session $switchboard_session always;`,
    serverExtra: SESSION_CALLS,
  });
  const client = await connect(gateway.url("/"));
  const id = String(client.response.headers["session"]);
  const worker = Number(client.response.headers["worker"]);
  let listed: ListedSession | undefined;
  await waitFor(async () => (listed = (await listSessions(gateway))[0]) !== undefined, { what: "a list" });
  expect(await call(gateway, id)).toEqual({ status: 200, body: { ...listed, mode: "tunnel" } });
  expect((await call(gateway, `${id}1`)).status).toBe(404);

  await gateway.reload();
  await client.ask("x".repeat(500));
  const shown = await call(gateway, id);
  expect(shown).toMatchObject({
    status: 200,
    body: { id, worker, peer: "a", mode: "tunnel", start: listed!.start },
  });
  // At once, not when the list is brought up to date.
  expect(shown.body.bytes_to_client!).toBeGreaterThanOrEqual(listed!.bytes_to_client! + 500);
  for (const unknown of [`${id}1`, `${worker}-0000000000-1`, "1-0-1", "x", "999999999-a-1"])
    expect([unknown, (await call(gateway, unknown)).status]).toEqual([unknown, 404]);
  const late = await whileStopped(worker, () => call(gateway, id));
  expect(late).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringContaining("has not answered") } },
  });

  expect(await call(gateway, `${id}?code=4000&reason=bye`, "DELETE")).toMatchObject({
    status: 200,
    body: { closed: 1 },
  });
  await waitFor(() => !client.isOpen, { what: "the end of the socket" });
  await waitFor(async () => (await call(gateway, id)).status === 404, { what: "the end of the session" });
});
