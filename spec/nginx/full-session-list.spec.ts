import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { totalCount } from "../support/admin-calls";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { closeSession, countUnlisted, listSessions, SESSION_CALLS } from "../support/session-calls";
import { waitFor } from "../support/wait-for";

const DECLARATION = "lua_shared_dict switchboard_sessions 64m;";
const SESSIONS = 150;

/** `http-base.conf` with another declaration of the dict of sessions. */
function withDeclaration(declaration: string): string {
  const file = path.join(PACKAGE_ROOT, "nginx/switchboard/http-base.conf");
  const text = readFileSync(file, "utf8");
  if (!text.includes(DECLARATION)) throw new Error(`${file}: the dict of sessions was not found`);
  return text.replace(DECLARATION, declaration);
}

async function start(declaration: string): Promise<Gateway> {
  const backend = await startBackend();
  return startGateway({
    config: {
      upstreams: { chat: { peers: [{ id: "a", address: backend.address }] } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    },
    serverExtra: SESSION_CALLS,
    locationExtra: "add_header Session $switchboard_session always;",
    files: { "conf/switchboard/http-base.conf": withDeclaration(declaration) },
  });
}

async function connectMany(gateway: Gateway, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let nth = 0; nth < count; nth += 1) clients.push(await connect(gateway.url()));
  return clients;
}

function entries(gateway: Gateway, text: string): number {
  return gateway.errorLog().split(text).length - 1;
}

describe("a dict of sessions that is full", () => {
  it("costs the list and nothing else, says so once, and is made good when there is room", async () => {
    const gateway = await start("lua_shared_dict switchboard_sessions 16k;");
    const clients = await connectMany(gateway, SESSIONS);
    const settled = async (open: number): Promise<number> => {
      const [listed, unlisted] = [await listSessions(gateway), await countUnlisted(gateway)];
      return listed.length + unlisted === open ? unlisted : -1;
    };
    await waitFor(async () => (await settled(SESSIONS)) > 0, { what: "sessions that are not listed" });
    expect(await totalCount(gateway)).toBe(SESSIONS);
    for (const client of clients) expect(await client.ask("Hello")).toContain("Hello");
    expect(entries(gateway, "`switchboard_sessions` is full")).toBe(1);

    const listed = new Set((await listSessions(gateway)).map(({ id }) => id));
    const some = [...listed].slice(0, 5);
    for (const id of some) expect(await closeSession(gateway, id)).toMatchObject({ closed: 1 });
    await waitFor(async () => (await settled(SESSIONS - some.length)) > 0, { what: "others in their place" });
    expect(entries(gateway, "`switchboard_sessions` is full")).toBe(1);

    const few = clients.filter(({ isOpen }) => isOpen).slice(0, 10);
    await Promise.all(
      clients.filter((client) => client.isOpen && !few.includes(client)).map((client) => client.close()),
    );
    await waitFor(async () => (await settled(few.length)) === 0, { what: "all that are left in the list" });
    expect(entries(gateway, "all sessions are listed again")).toBe(1);
  });
});

describe("a conf without the dict of sessions", () => {
  it("has no list, says so once, and does the rest", async () => {
    const gateway = await start("");
    const [client] = await connectMany(gateway, 1);
    expect(
      entries(gateway, "sessions are not listed: `lua_shared_dict switchboard_sessions` is missing"),
    ).toBe(1);
    expect(await listSessions(gateway)).toEqual([]);
    expect(await countUnlisted(gateway)).toBe(0);
    expect(await client!.ask("Hello")).toContain("Hello");
    const id = String(client!.response.headers["session"]);
    expect(await closeSession(gateway, id)).toMatchObject({ closed: 1 });
    await client!.nextClose();
  });
});
