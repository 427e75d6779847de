import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BalancerRegistry } from "../../src/core/balance/registry";
import { validate } from "../../src/core/config/validate";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import type { Nginx } from "../../src/cli/nginx/find";
import { NginxServer } from "../../src/cli/nginx/server";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { onCleanup } from "../support/cleanup";
import { connect, connectRefused } from "../support/client";
import { runCommand } from "../support/command";
import { freePort } from "../support/free-port";
import { readmeBlock, readmeBlocks, substitute } from "../support/readme";
import { temporaryFolder } from "../support/temporary-folder";
import { waitFor } from "../support/wait-for";

const INSTALL = "Into the nginx you have";
const WITH_LUA = "With Lua of your own";
const ADMIN = "See what it does";
const OWN_BALANCER = "Balancers of your own";

/** As the README writes it in its text. */
const ACCESS_LOG = "access_log logs/access.log switchboard;";
/** What the README leaves to the operator at http level. */
const OWN_LINES = "# ... what you have ...";

/** A machine that has nginx and nothing of Switchboard: an empty folder with the operator's `conf/nginx.conf`. */
class Site {
  readonly folder = temporaryFolder({ "logs/error.log": "" });
  readonly nginx: Nginx = ensurePlatform().nginx;

  /** Copies what the README has copied, to this folder. */
  async install(): Promise<void> {
    mkdirSync(path.join(this.folder, "conf"));
    const commands = substitute(readmeBlock(INSTALL, "sh"), {
      "npm run build": ": built already",
      "/usr/local/share/switchboard": this.path("share"),
      "/etc/nginx": this.path("conf"),
    });
    const { code, output } = await runCommand("sh", ["-euc", commands], { cwd: PACKAGE_ROOT });
    if (code !== 0) throw new Error(output);
  }

  /** Starts nginx with a conf of the operator's own lines and the README's http block. */
  async start(httpBlock: string, ports: readonly number[]): Promise<void> {
    const { kind } = this.nginx;
    const modules = kind.confFiles.map((name) =>
      readFileSync(path.join(PACKAGE_ROOT, "nginx", name), "utf8"),
    );
    const main = `pid logs/nginx.pid;\nerror_log logs/error.log notice;\nevents {}\n`;
    this.write("conf/nginx.conf", `${modules.join("\n")}\n${main}${httpBlock}`);
    const server = NginxServer.launch({ nginx: this.nginx, directory: this.folder, ports });
    onCleanup(() => server.stop());
    await server.whenReady();
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }
}

/** An http block of the README, with this site's paths and port. */
function httpBlock(site: Site, heading: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${name};`,
  );
  return substitute(readmeBlock(heading, "nginx"), {
    [OWN_LINES]: ["access_log logs/own.log;", ...temporary].join("\n"),
    "/usr/local/share/switchboard": site.path("share"),
    "listen 80;": `listen 127.0.0.1:${port};`,
  });
}

interface Fleet {
  /** The README's first JSON file, with backends that run. */
  readonly config: string;
  readonly backends: readonly Backend[];
}

async function startFleet(): Promise<Fleet> {
  const [a, b] = [await startBackend(), await startBackend()];
  const addresses = { "127.0.0.1:8010": a.address, "127.0.0.1:8011": b.address };
  return { config: substitute(readmeBlock(INSTALL, "json"), addresses), backends: [a, b] };
}

async function expectDialogue(port: number): Promise<void> {
  const client = await connect(`ws://127.0.0.1:${port}/any/path`);
  expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  await client.close();
}

/** Ends the backends: what nginx itself then answers has a name and a JSON body, which server.conf gives it. */
async function expectNamedRefusal(port: number, { backends }: Fleet): Promise<void> {
  for (const backend of backends) await backend.close();
  const { status, headers, body } = await connectRefused(`ws://127.0.0.1:${port}/`);
  expect(status).toBe(502);
  expect(headers["switchboard-error"]).toBe("bad_upstream");
  expect(JSON.parse(body)).toMatchObject({ error: { code: "bad_upstream" } });
}

describe("following the README", () => {
  let site: Site;
  let port: number;
  beforeEach(async () => {
    site = new Site();
    port = await freePort();
    await site.install();
  });

  it("three includes and a JSON file make a gateway of an nginx", async () => {
    const fleet = await startFleet();
    site.write("conf/switchboard.json", fleet.config);
    await site.start(httpBlock(site, INSTALL, port), [port]);
    await expectDialogue(port);
    await expectNamedRefusal(port, fleet);
  });

  it("the admin server shows both peers", async () => {
    site.write("conf/switchboard.json", (await startFleet()).config);
    const adminPort = await freePort();
    const replacements = { "127.0.0.1:8021": `127.0.0.1:${adminPort}` };
    const admin = substitute(readmeBlock(ADMIN, "nginx"), replacements);
    const block = httpBlock(site, INSTALL, port).replace(/\}\s*$/, `${admin}}\n`);
    await site.start(block, [port, adminPort]);
    const commands = substitute(readmeBlock(ADMIN, "sh"), replacements);
    const urls = [...commands.matchAll(/^curl (\S+)$/gm)].map(([, url]) => url!);
    const answers = await Promise.all(urls.map(async (url) => (await fetch(url)).json()));
    expect(answers).toMatchObject([
      { generation: 1, config_error: "" },
      { upstreams: [{ name: "chat", peers: [{ active: 0 }, { active: 0 }] }] },
    ]);
  });

  it("the explicit form runs Switchboard and the operator's own Lua in every phase", async () => {
    const fleet = await startFleet();
    site.write("elsewhere/switchboard.json", fleet.config);
    const own = `ngx.log(ngx.NOTICE, "own Lua in " .. ngx.get_phase())`;
    const block = substitute(httpBlock(site, WITH_LUA, port), {
      "/etc/switchboard/switchboard.json": site.path("elsewhere/switchboard.json"),
      "-- what you have": own,
      "include switchboard/http-base.conf;": `include switchboard/http-base.conf;\n${ACCESS_LOG}`,
    });
    await site.start(block, [port]);
    await expectDialogue(port);
    const phases = ["init", "init_worker", "access", "header_filter", "log"];
    const hasRun = (phase: string): boolean =>
      new RegExp(`own Lua in ${phase}\\b`).test(site.read("logs/error.log"));
    await waitFor(() => phases.every(hasRun), { what: `${phases.join(", ")} in the error log` });
    const line = await waitFor(() => site.read("logs/access.log") || undefined, {
      what: "a line in the access log",
    });
    // Without header_filter() the outcome would be another, and without log() there would be none.
    expect(JSON.parse(line)).toMatchObject({
      route: "all",
      outcome: expect.stringMatching(/^(client|upstream):closed$/) as unknown,
    });
    await expectNamedRefusal(port, fleet);
  });

  it("a balancer of one's own picks the peers", async () => {
    const [first, second] = [await startBackend(), await startBackend()];
    const document = {
      upstreams: { chat: { balancer: "first", peers: [first, second].map(({ address }) => ({ address })) } },
      routes: [{ id: "all", upstream: "chat" }],
    };
    site.write("elsewhere/switchboard.json", JSON.stringify(document));
    const register = readmeBlock(OWN_BALANCER, "lua");
    const block = substitute(httpBlock(site, WITH_LUA, port), {
      "/etc/switchboard/switchboard.json": site.path("elsewhere/switchboard.json"),
      'require("resty.switchboard").init {': `${register}\nrequire("resty.switchboard").init {`,
    });
    await site.start(block, [port]);
    for (let turn = 0; turn < 4; turn += 1) await expectDialogue(port);
    expect([first.requests.length, second.requests.length]).toEqual([4, 0]);
  });
});

it("every JSON file in the README is valid and gives no warning", () => {
  const files = readmeBlocks("json").map(({ text }) => JSON.parse(text) as unknown);
  expect(files).toHaveLength(2);
  for (const file of files) {
    const { errors, warnings } = validate(file, new BalancerRegistry());
    expect([...errors, ...warnings]).toEqual([]);
  }
});
