import { setTimeout as sleep } from "node:timers/promises";
import { adminRequest } from "../support/admin-request";
import { readExpected } from "../support/asked-changes";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { readStatus, whenStatus } from "../support/run-time-status";
import { waitFor } from "../support/wait-for";

interface Peer {
  readonly id: string;
  readonly address: string;
  readonly weight?: number;
  readonly zone: string;
}

const ADDRESS = "127.0.0.1:9";
const CHAT = "/v1/upstreams/chat/peers";

function peer(id: string, weight = 1): Peer {
  return { id, address: ADDRESS, weight, zone: "base-0" };
}

/** Upstreams of these peers, and a route to each. */
function documentOf(upstreams: Readonly<Record<string, readonly Peer[]>>): object {
  const names = Object.keys(upstreams);
  return {
    upstreams: Object.fromEntries(names.map((name) => [name, { peers: upstreams[name] }])),
    routes: names.map((name) => ({ id: name, path: `/${name}/*`, upstream: name })),
  };
}

const AT_FIRST = documentOf({ chat: [peer("a"), peer("b")], other: [peer("x"), peer("y")] });

async function make(gateway: Gateway, method: string, target: string, body?: unknown): Promise<unknown> {
  const headers: Record<string, string> = target === "/v1/config" ? { "if-match": "*" } : {};
  const { status, text, json } = await adminRequest(gateway, method, target, { body, headers });
  if (status < 200 || status > 299) throw new Error(`${method} ${target}: ${status} ${text}`);
  return json;
}

interface Effective {
  readonly upstreams: Readonly<Record<string, { readonly peers: readonly Peer[] }>>;
  readonly routes: readonly { readonly id: string }[];
}

/** Upstreams by name with the weights of their peers, and the routes. */
async function shape(gateway: Gateway): Promise<Readonly<Record<string, string>>> {
  const { upstreams, routes } = await waitFor(async () => {
    const { status, json } = await adminRequest<Effective>(gateway, "GET", "/v1/config");
    return status === 200 && json;
  });
  const texts = Object.entries(upstreams).map(([name, { peers }]) => [
    name,
    peers.map(({ id, weight = 1 }) => `${id}:${weight}`).join(" "),
  ]);
  const ids = routes.map(({ id }) => id).sort();
  return { ...(Object.fromEntries(texts) as Record<string, string>), routes: ids.join(" ") };
}

interface ShownPeer {
  readonly id: string;
  readonly state: string;
  readonly weight: number;
  readonly removed: boolean;
  readonly closing: boolean;
}

async function peers(gateway: Gateway, upstream = "chat"): Promise<readonly ShownPeer[]> {
  return (await adminRequest<{ peers: ShownPeer[] }>(gateway, "GET", `/v1/upstreams/${upstream}`)).json.peers;
}

describe("what was changed at run time", () => {
  it("survives a reload and a restart: document, overrides, states with their deadlines, peers, routes", async () => {
    const gateway = await startGateway({ config: AT_FIRST, workers: 2 });
    await make(
      gateway,
      "PUT",
      "/v1/config",
      documentOf({ chat: [peer("a"), peer("b"), peer("c"), peer("d")] }),
    );
    await make(gateway, "PATCH", `${CHAT}/a`, { weight: 7 });
    await make(gateway, "POST", CHAT, peer("more", 3));
    await make(gateway, "DELETE", `${CHAT}/c`);
    await make(gateway, "POST", `${CHAT}/b/drain`, { deadline: "2s", spread: "0s", close: "paced" });
    const drainedAt = Date.now();
    await make(gateway, "POST", `${CHAT}/d/maint`);
    await make(gateway, "PUT", "/v1/routes/late", { path: "/late/*", upstream: "chat" });
    const before = await shape(gateway);
    expect(before).toEqual({ chat: "a:7 b:1 d:1 more:3", routes: "chat late" });
    const { overrides } = await whenStatus(gateway, { overrides: 6 });
    const states = ["a ready", "b drain", "d maint", "more ready"];
    for (const again of ["reload", "restart", "kill"] as const) {
      if (again === "kill") await gateway.kill().then(() => gateway.start());
      else await gateway[again]();
      expect(await shape(gateway)).toEqual(before);
      expect((await peers(gateway)).map(({ id, state }) => `${id} ${state}`)).toEqual(states);
      await whenStatus(gateway, { file_shadowed: true, overrides, state_error: "" });
    }
    // The deadline was not put off by any of that.
    await waitFor(async () => (await peers(gateway)).find(({ id }) => id === "b")!.closing);
    expect(Date.now() - drainedAt).toBeGreaterThan(1_500);
    await make(gateway, "DELETE", "/v1/overrides");
    expect(await shape(gateway)).toEqual({ chat: "a:1 b:1", other: "x:1 y:1", routes: "chat other" });
    await whenStatus(gateway, { file_shadowed: false, overrides: 0 });
    await gateway.restart();
    expect(await shape(gateway)).toEqual({ chat: "a:1 b:1", other: "x:1 y:1", routes: "chat other" });
  });

  it("is not lost in a stream of changes by reloads, nor by the death of the worker that leads", async () => {
    const gateway = await startGateway({
      config: AT_FIRST,
      workers: 3,
      allowedErrors: [/exited on signal 9/],
    });
    let answered = 1;
    let isOver = false;
    const refused: string[] = [];
    const stream = async (): Promise<void> => {
      while (!isOver) {
        const next = answered + 1;
        const body = { weight: next };
        // A worker that exits or dies may cut the connection.
        const reply = await adminRequest(gateway, "PATCH", `${CHAT}/a`, { body }).catch(() => undefined);
        if (reply === undefined || reply.status === 503) {
          refused.push(reply?.text ?? "cut");
          const [{ weight }] = (await readPeersSoon(gateway)) as [ShownPeer];
          expect([answered, next]).toContain(weight);
          answered = weight;
        } else {
          expect(reply.status).toBeLessThan(300);
          answered = next;
          expect((await readPeersSoon(gateway))[0]!.weight).toBe(next);
        }
      }
    };
    const streaming = stream();
    for (const what of ["reload", "kill", "reload", "kill"]) {
      await sleep(200);
      if (what === "reload") await gateway.reload();
      else {
        const { leader } = await whenStatus(gateway, { leader: /[1-9]/ });
        process.kill(leader, "SIGKILL");
        await waitFor(async () => {
          const now = await readStatus(gateway).catch(() => undefined);
          return now !== undefined && now.leader !== 0 && now.leader !== leader;
        });
      }
      const seen = answered;
      await waitFor(() => answered > seen + 2, {
        timeoutMs: 15_000,
        what: `changes after a ${what}: ${refused.join("\n")}`,
      });
    }
    isOver = true;
    await streaming;
    await whenStatus(gateway, { state_error: "", last_reload_error: "" });
    await gateway.restart();
    expect((await readExpected(gateway)).weights["a"]).toBe(answered);
  });
});

/** From whoever answers: a worker may be about to die. */
function readPeersSoon(gateway: Gateway): Promise<readonly ShownPeer[]> {
  return waitFor(() => peers(gateway).catch(() => undefined));
}

describe("a change of the config file under what was changed at run time", () => {
  it("keeps it on top, and drops for good what it has nothing for any more", async () => {
    const gateway = await startGateway({ config: AT_FIRST });
    await make(gateway, "PATCH", `${CHAT}/a`, { weight: 7 });
    await make(gateway, "POST", CHAT, peer("more", 3));
    await make(gateway, "PATCH", "/v1/upstreams/other/peers/x", { weight: 5 });
    await make(gateway, "PUT", "/v1/routes/late", { path: "/late/*", upstream: "other" });
    gateway.writeConfig(documentOf({ chat: [peer("a", 2), peer("b", 4)], other: [peer("x"), peer("y")] }));
    await waitFor(async () => (await shape(gateway))["chat"] === "a:7 b:4 more:3");
    gateway.writeConfig(documentOf({ chat: [peer("b", 4)] }));
    await waitFor(async () => (await shape(gateway))["chat"] === "b:4 more:3");
    const { dropped_overrides: dropped } = await whenStatus(gateway, { overrides: 1 });
    expect([...dropped].sort()).toEqual([
      expect.stringMatching(/^peer "a" of upstream "chat".*: the peer is gone$/),
      expect.stringMatching(/^peer "x" of upstream "other".*: the upstream is gone$/),
      expect.stringMatching(/^route "late".*: its upstream "other" is gone$/),
    ]);
    gateway.writeConfig(AT_FIRST);
    const back = { chat: "a:1 b:1 more:3", other: "x:1 y:1", routes: "chat other" };
    await waitFor(async () => (await shape(gateway))["other"] !== undefined);
    expect(await shape(gateway)).toEqual(back);
    await gateway.restart();
    expect(await shape(gateway)).toEqual(back);
    expect((await whenStatus(gateway, { overrides: 1 })).dropped_overrides).toEqual(dropped);
  });

  it("drops it also when the file changed while nginx was not running", async () => {
    const gateway = await startGateway({ config: AT_FIRST });
    await make(gateway, "PATCH", "/v1/upstreams/other/peers/x", { weight: 5 });
    await gateway.stop();
    gateway.writeConfig(documentOf({ chat: [peer("a")] }));
    await gateway.start();
    await whenStatus(gateway, {
      overrides: 0,
      dropped_overrides: /^peer "x"[^,]*, changed[^,]*: the upstream is gone$/,
    });
    await gateway.stop();
    gateway.writeConfig(AT_FIRST);
    await gateway.start();
    expect(await shape(gateway)).toMatchObject({ other: "x:1 y:1" });
    await whenStatus(gateway, {
      overrides: 0,
      dropped_overrides: /^peer "x"[^,]*, changed[^,]*: the upstream is gone$/,
    });
  });

  it("is checked and waits where another document stands in for it", async () => {
    const gateway = await startGateway({ config: AT_FIRST });
    await make(gateway, "PUT", "/v1/config", documentOf({ chat: [peer("a", 6)] }));
    await whenStatus(gateway, { file_shadowed: true });
    gateway.writeConfig({ upstreams: { chat: { peers: [{ id: "a" }] } } });
    await whenStatus(gateway, { config_error: /peers\/0.*address/ });
    gateway.writeConfig(documentOf({ fresh: [peer("f", 2)] }));
    await whenStatus(gateway, { config_error: "" });
    expect(await shape(gateway)).toEqual({ chat: "a:6", routes: "chat" });
    await make(gateway, "DELETE", "/v1/overrides");
    expect(await shape(gateway)).toEqual({ fresh: "f:2", routes: "fresh" });
  });

  it("is refused where both do not go together, and at a start the file holds until they are dropped", async () => {
    const gateway = await startGateway({ config: AT_FIRST });
    await make(gateway, "PUT", "/v1/routes/late", { path: "/late/*", upstream: "chat" });
    const before = await shape(gateway);
    const clash = { ...AT_FIRST, routes: [{ id: "mine", path: "/late/*", upstream: "chat" }] };
    gateway.writeConfig(clash);
    await whenStatus(gateway, { config_error: /switchboard\.json: \/routes\/\d: ties with/ });
    expect(await shape(gateway)).toEqual(before);
    await gateway.stop();
    await gateway.start();
    await whenStatus(gateway, {
      state_error: /do not go together with the config file: \/routes\/\d: ties with/,
    });
    const { status, json } = await adminRequest<{ error: object }>(gateway, "PATCH", `${CHAT}/a`, {
      body: { weight: 2 },
    });
    expect([status, json.error]).toEqual([503, expect.objectContaining({ code: "state_not_writable" })]);
    await make(gateway, "DELETE", "/v1/overrides");
    expect(await shape(gateway)).toMatchObject({ chat: "a:1 b:1", routes: "mine" });
    await whenStatus(gateway, { state_error: "", overrides: 0 });
    await make(gateway, "PATCH", `${CHAT}/a`, { weight: 2 });
  });
});

it("refuses the slower of two who replace the same document", async () => {
  const gateway = await startGateway({ config: AT_FIRST, workers: 2 });
  for (let race = 0; race < 6; race += 1) {
    const headers = await adminRequest(gateway, "GET", "/v1/config").then((reply) => ({
      "if-match": reply.headers.get("etag")!,
    }));
    const weights = [10 + race, 500 + race];
    const replies = await Promise.all(
      weights.map((weight) =>
        adminRequest<{ error?: { code: string } }>(gateway, "PUT", "/v1/config", {
          body: documentOf({ chat: [peer("a", weight), peer(`of-${weight}`)] }),
          headers,
        }),
      ),
    );
    const losers = replies.filter(({ status }) => status === 412);
    expect(losers.map(({ json }) => json.error!.code)).toEqual(["precondition_failed"]);
    const winner = weights[replies.findIndex(({ status }) => status < 300)]!;
    expect(await shape(gateway)).toEqual({ chat: `a:${winner} of-${winner}:1`, routes: "chat" });
  }
});
