import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { THIS_MACHINE } from "../../src/cli/nginx/find";
import { ODD_HOSTS, ODD_TARGETS } from "../core/route/odd-targets";
import { onCleanup } from "../support/cleanup";
import { waitFor } from "../support/wait-for";

/**
 * The table of odd targets is what nginx does, not what somebody remembers of it. Each answer is `$host` and `$uri`;
 * a socket file takes the place of a port.
 */
const CONF = `
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {}
http {
  access_log off;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  server {
    listen unix:nginx.sock;
    server_name named.example;
    location / { return 200 "$host $uri"; }
  }
}
`;

let directory: string;

/** The status and the body, each byte one character. */
async function ask(requestLine: string, headers: string): Promise<{ status: number; body: string }> {
  const socket = net.connect(path.join(directory, "nginx.sock"));
  let raw = "";
  socket.on("data", (chunk) => (raw += chunk.toString("latin1")));
  socket.end(Buffer.from(`${requestLine}\r\n${headers}Connection: close\r\n\r\n`, "latin1"));
  await once(socket, "close");
  return { status: Number(raw.split(" ")[1]), body: raw.slice(raw.indexOf("\r\n\r\n") + 4) };
}

async function answers(): Promise<boolean> {
  try {
    return (await ask("GET / HTTP/1.1", "Host: h\r\n")).status === 200;
  } catch {
    return false;
  }
}

async function stop(nginx: ChildProcess): Promise<void> {
  if (nginx.exitCode === null && nginx.kill("SIGTERM")) await once(nginx, "exit");
}

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "switchboard-path-"));
  onCleanup(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  writeFileSync(path.join(directory, "nginx.conf"), CONF.replace("unix:", `unix:${directory}/`));
  const { executable } = ensurePlatform({ ...THIS_MACHINE, mayInstall: false }).nginx;
  const nginx = spawn(executable, ["-p", directory, "-e", "error.log", "-c", "nginx.conf"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  onCleanup(() => stop(nginx));
  await waitFor(
    () => {
      if (nginx.exitCode !== null) throw new Error(readFileSync(path.join(directory, "error.log"), "utf8"));
      return answers();
    },
    { what: "nginx" },
  );
});

describe("nginx makes of a request", () => {
  for (const { target, path: uri } of ODD_TARGETS) {
    const outcome = uri === undefined ? "an error" : `the path ${JSON.stringify(uri)}`;
    it(`${outcome} where its target is ${JSON.stringify(target)}`, async () => {
      const { status, body } = await ask(`GET ${target} HTTP/1.1`, "Host: h\r\n");
      expect(status).toBe(uri === undefined ? 400 : 200);
      if (uri !== undefined) expect(body.slice(body.indexOf(" ") + 1)).toBe(uri);
    });
  }

  for (const { header, host } of ODD_HOSTS) {
    it(`the host ${host} where its header is ${header}`, async () => {
      expect((await ask("GET / HTTP/1.1", `Host: ${header}\r\n`)).body).toBe(`${host} /`);
    });
  }

  it("the server's name where it has no Host, which HTTP/1.0 allows", async () => {
    expect((await ask("GET / HTTP/1.0", "")).body).toBe("named.example /");
    expect((await ask("GET / HTTP/1.1", "")).status).toBe(400);
  });

  it("an error where its Host is empty", async () => {
    expect((await ask("GET / HTTP/1.1", "Host:\r\n")).status).toBe(400);
  });
});
