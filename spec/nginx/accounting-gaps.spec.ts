import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { countsOf } from "../support/admin-calls";
import { Crowd } from "../support/crowd";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import { routedByName } from "../support/documents";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import type { RawBackend } from "../support/raw-backend";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

const WORKERS = 4;
const OPEN = 40;
const RIGHT_WITHIN_MS = 5_000;

/**
 * Ends the worker by SIGKILL after the first of the two counters of the next slot that is taken or given back. The sessions of
 * a route, which are passed on some time later, are counted likewise, under a name with an `@`.
 */
const DIE_IN_BETWEEN = `
local ffi = require("ffi")
local prototype = require("resty.switchboard.ngx.world").DictCounters.prototype
local add = prototype.add
function prototype.add(self, key, delta)
  local value = add(self, key, delta)
  if key:find(":share:", 1, true) and not key:find("@", 1, true) and ngx.shared.switchboard:get("die:" .. delta) then
    ngx.shared.switchboard:delete("die:" .. delta)
    ffi.C.kill(ngx.worker.pid(), 9)
  end
  return value
end
`;

/** `at` is what is added to the share: 1 or -1. */
const LOCATIONS = `${SHOW_KEYS}
location = /die { content_by_lua_block { ngx.shared.switchboard:set("die:" .. ngx.var.arg_at, true) ngx.print("soon") } }
location = /release {
  content_by_lua_block {
    local pool = require("resty.switchboard.ngx.worker").gatewayInUse():pool("chat")
    pool:release({ peer = pool.peers[1], hasSlot = true })
    ngx.print("released")
  }
}`;

const crowd = new Crowd();
let backend: RawBackend;
let gateway: Gateway;

function withHook(): string {
  const file = path.join(PACKAGE_ROOT, "nginx/switchboard/http.conf");
  const text = readFileSync(file, "utf8");
  const hooked = text.replace("init_worker_by_lua_block {", `$&${DIE_IN_BETWEEN}`);
  if (hooked === text) throw new Error(`${file}: no place for the hook`);
  return hooked;
}

beforeAll(async () => {
  backend = await crowd.startBackend();
  gateway = await startGateway({
    config: routedByName({ chat: { peers: [{ id: "a", address: backend.address }] } }),
    workers: WORKERS,
    locationExtra: NAME_WORKER,
    serverExtra: LOCATIONS,
    files: { "conf/switchboard/http.conf": withHook() },
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  crowd.port = gateway.port;
  await allWorkers(gateway);
  for (let nth = 0; nth < OPEN; nth += 1) await crowd.open("chat");
});

async function get(target: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${target}`, {
    headers: { connection: "close" },
  });
  return response.text();
}

async function whenCountIsRight(): Promise<void> {
  const isRight = async (): Promise<boolean> => {
    const { a } = await countsOf(gateway, "chat");
    return a === backend.connections.size && a === crowd.members.size;
  };
  await waitFor(isRight, {
    timeoutMs: RIGHT_WITHIN_MS,
    what: "the count of the sockets that are left",
  });
}

/** Waits until a worker has died of what was armed, and another one is there for it. */
async function whenOneDied(before: readonly number[]): Promise<void> {
  await waitFor(() => before.some((pid) => !gateway.workerPids().includes(pid)), { what: "a death" });
  await allWorkers(gateway);
}

describe("a worker that is killed between the two counters of a slot", () => {
  it.each([1, 2, 3])("that it takes leaves the right count (%i)", async () => {
    const before = gateway.workerPids();
    await get("/die?at=1");
    await expect(crowd.open("chat")).rejects.toThrow("was refused");
    await whenOneDied(before);
    await whenCountIsRight();
    for (let nth = crowd.members.size; nth < OPEN; nth += 1) await crowd.open("chat");
    await whenCountIsRight();
  });

  it.each([1, 2, 3])("that it gives back leaves the right count (%i)", async () => {
    const before = gateway.workerPids();
    await get("/die?at=-1");
    crowd.end([...crowd.members][0]!, "client closes");
    await whenOneDied(before);
    await whenCountIsRight();
    for (let nth = crowd.members.size; nth < OPEN; nth += 1) await crowd.open("chat");
    await whenCountIsRight();
  });

  it("leaves no share behind", async () => {
    const living = [...gateway.workerPids()];
    await waitFor(async () => {
      const shares = (await dictKeys(gateway)).filter((key) => key.startsWith("1:share:"));
      return shares.every((key) => living.some((pid) => key.startsWith(`1:share:${pid}.`)));
    });
  });
});

describe("a slot that is given back without having been taken", () => {
  it("is logged, and counts for nothing", async () => {
    for (const member of crowd.members) crowd.end(member, "both close");
    await whenCountIsRight();
    expect(gateway.errorLog()).not.toContain("release without a slot");
    expect(await get("/release")).toBe("released");
    expect(gateway.errorLog()).toContain('release without a slot on peer "a" of upstream "chat"');
    await crowd.open("chat");
    await whenCountIsRight();
    expect(await countsOf(gateway, "chat")).toEqual({ a: 1 });
  });
});
