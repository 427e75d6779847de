import { writeFileSync } from "node:fs";
import path from "node:path";
import { initWith, startTellingBackend, tokenOf, visit } from "../support/affinity";
import { getStatus } from "../support/admin-calls";
import type { Backend } from "../support/backend";
import { IN_ORDER } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway, GatewayOptions } from "../support/gateway";
import { LuaNginx } from "../support/lua-nginx";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const OLD = "the-secret-of-last-year";
const NEW = "the-secret-of-this-year";
const FILE = 'affinity_secret_file = ngx.config.prefix() .. "conf/secret"';

let backends: Backend[];

beforeAll(async () => {
  backends = [await startTellingBackend("a"), await startTellingBackend("b")];
});

function start(options: Partial<GatewayOptions> = {}, affinity: object | false = {}): Promise<Gateway> {
  const peers = backends.map(({ address }, index) => ({ id: "ab"[index], address }));
  return startGateway({
    config: {
      upstreams: { chat: { balancer: IN_ORDER, peers, affinity } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    },
    ...options,
  });
}

function startWithFile(text: string, allowedErrors: readonly RegExp[] = []): Promise<Gateway> {
  return start({ files: { ...initWith(FILE), "conf/secret": text }, workers: 2, allowedErrors });
}

function cookieOf(secret: string, peer: string): string {
  return `sb=${tokenOf(secret, "chat", peer)}`;
}

/** What the gateway answers a client of this cookie: the backend, and the cookie that it sets instead. */
async function answerTo(gateway: Gateway, cookie: string): Promise<[string, string | undefined]> {
  const { backend, setCookies } = await visit(gateway, "/", { cookie });
  return [backend, setCookies[0]?.split(";")[0]];
}

async function useSecrets(gateway: Gateway, text: string): Promise<void> {
  writeFileSync(path.join(gateway.directory, "conf/secret"), text);
  await gateway.reload();
}

describe("the secret of affinity", () => {
  it("changes with a reload: the cookies of the one before hold and are renewed, until it is dropped", async () => {
    const gateway = await startWithFile(`${OLD}\n`);
    for (const _ of [1, 2, 3]) expect(await answerTo(gateway, cookieOf(OLD, "b"))).toEqual(["b", undefined]);
    await useSecrets(gateway, ` ${NEW} \r\n${OLD}\n`);
    for (const _ of [1, 2, 3]) {
      expect(await answerTo(gateway, cookieOf(OLD, "b"))).toEqual(["b", cookieOf(NEW, "b")]);
      expect(await answerTo(gateway, cookieOf(NEW, "b"))).toEqual(["b", undefined]);
    }
    await useSecrets(gateway, NEW);
    expect(await answerTo(gateway, cookieOf(NEW, "b"))).toEqual(["b", undefined]);
    const [backend, given] = await answerTo(gateway, cookieOf(OLD, "z"));
    expect(given).toBe(cookieOf(NEW, backend));
    const seen = new Set<string>();
    await waitFor(async () => {
      seen.add((await answerTo(gateway, cookieOf(OLD, "b")))[0]);
      return seen.size === 2;
    });
  });

  it("refuses a reload when it is no longer good, and leaves the one before", async () => {
    const gateway = await startWithFile(NEW, [/init_by_lua error: switchboard: affinity_secret_file/]);
    const workers = await allWorkers(gateway);
    writeFileSync(path.join(gateway.directory, "conf/secret"), "short");
    gateway.signal("SIGHUP");
    await waitFor(async () => (await getStatus(gateway)).last_reload_error.includes("affinity_secret_file"));
    expect(gateway.workerPids()).toEqual(workers);
    expect(await answerTo(gateway, cookieOf(NEW, "b"))).toEqual(["b", undefined]);
    expect((await getStatus(gateway)).last_reload_error).not.toContain("short");
  });

  it("stops the start when it is not good, wherever it comes from", async () => {
    await expect(startWithFile("fifteen-letters")).rejects.toThrow(
      /affinity_secret_file: .*conf\/secret is to hold one or two secrets, each of 16 or more visible/,
    );
    await expect(start({ env: { SWITCHBOARD_AFFINITY_SECRET: "fifteen-letters" } })).rejects.toThrow(
      /SWITCHBOARD_AFFINITY_SECRET is to hold one or two secrets/,
    );
  });

  describe("as it is read at the start", () => {
    let nginx: LuaNginx;

    beforeAll(async () => {
      const read = `local read = require("resty.switchboard.ngx.affinity-settings").readAffinitySecrets
        local secrets, err = read { affinity_secret_file = ngx.config.prefix() .. "conf/secret" }
        ngx.print(require("cjson").encode { secrets or err })`;
      nginx = await LuaNginx.start({ init: "", locations: { "/read": read } });
    });

    it.each([
      ["is empty", " \n", false],
      ["is short", "fifteen-letters", false],
      ["is short beside a good one", `${NEW} fifteen-letters`, false],
      ["is one of three", `${NEW} ${NEW}1 ${NEW}2`, false],
      ["is not ASCII", `${NEW}ä`, false],
      ["has a control character", `${NEW}\u0001`, false],
      ["is one of two", `${NEW} ${OLD}`, true],
    ])("when it %s", async (_what, text, isGood) => {
      writeFileSync(path.join(nginx.directory, "conf/secret"), text);
      const [read] = await nginx.call<[unknown]>("/read");
      if (isGood) expect(read).toEqual([NEW, OLD]);
      else expect(read).toMatch(/^affinity_secret_file: .*conf\/secret is to hold one or two secrets/);
    });
  });

  it("stops the start when its file is not there", async () => {
    const files = initWith('affinity_secret_file = "/nowhere/secret"');
    await expect(start({ files })).rejects.toThrow(/affinity_secret_file: \/nowhere\/secret/);
    await expect(start({ files: initWith("affinity_secret_file = 5") })).rejects.toThrow(
      /affinity_secret_file is to be a path/,
    );
  });

  it("is made where there is none, for all workers and through reloads, and the log says what that means", async () => {
    const gateway = await start({ workers: 2 });
    const first = await visit(gateway, "/");
    const cookie = first.setCookies[0]!.split(";")[0]!;
    expect(cookie).toMatch(/^sb=[\w-]{22}$/);
    for (const _ of [1, 2, 3, 4]) expect(await answerTo(gateway, cookie)).toEqual([first.backend, undefined]);
    await gateway.reload();
    for (const _ of [1, 2, 3, 4]) expect(await answerTo(gateway, cookie)).toEqual([first.backend, undefined]);
    const notices = gateway.errorLog().match(/affinity cookies hold until nginx is restarted/g);
    expect(notices).toHaveLength(1);
  });

  it("is not missed where no upstream has an affinity cookie", async () => {
    const gateway = await start({}, false);
    await visit(gateway, "/");
    expect(gateway.errorLog()).not.toContain("affinity cookies");
  });
});

describe("the zone of the gateway", () => {
  it.each([
    ["zone = 5", "zone is to be at most 64 of A-Z"],
    ['zone = "a b"', "zone is to be at most 64 of A-Z"],
  ])("stops the start when init has %s", async (options, message) => {
    await expect(start({ files: initWith(options) })).rejects.toThrow(message);
  });

  it("stops the start when the environment has one that is not valid", async () => {
    await expect(start({ env: { SWITCHBOARD_ZONE: "a b" } })).rejects.toThrow(
      "SWITCHBOARD_ZONE is to be at most 64 of A-Z",
    );
  });
});
