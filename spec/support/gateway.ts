import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ConfChanges } from "../../src/cli/nginx/bundled-conf";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { THIS_MACHINE } from "../../src/cli/nginx/find";
import { makeRunDirectory, writeReadable } from "../../src/cli/nginx/run-directory";
import { processesIn, signal as signalProcess } from "../../src/cli/nginx/processes";
import { NginxServer } from "../../src/cli/nginx/server";
import { onCleanup } from "./cleanup";
import { freePort } from "./free-port";
import { probeTlsOfOneCa, sharedLua } from "./shared-files";
import { waitFor } from "./wait-for";

export interface GatewayOptions extends Omit<ConfChanges, "listen" | "adminListen"> {
  /** What `conf/switchboard.json` holds: a document, or the text as it is. */
  readonly config: object | string;
  /**
   * A whole `nginx.conf` in place of the bundled one. `{port}` and `{admin_port}` in it become the ports; it should begin
   * with `include modules.con[f];`, which loads the Lua module where it is not built in.
   */
  readonly conf?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further files, by path under the prefix. */
  readonly files?: Readonly<Record<string, string>>;
  /** Entries of the error log that look like a defect and are what the spec provokes. */
  readonly allowedErrors?: readonly RegExp[];
}

/** What no gateway may log unless its spec says so. */
const DEFECT = /\[(alert|crit|emerg)\]|stack traceback|entry thread aborted|runtime error/;

/** Where the hard limit of open files is low, the bundled conf asks in vain for more; nginx goes on with what it has. */
const FILE_LIMIT = /setrlimit\(RLIMIT_NOFILE/;

/**
 * Runs a gateway with the bundled configuration on free ports of 127.0.0.1, with one worker unless told otherwise. It
 * stops at the end of the test, or of the file if a `beforeAll` started it.
 * @throws Failure with nginx's reason where it does not start
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const { nginx } = ensurePlatform({ ...THIS_MACHINE, mayInstall: false });
  const directory = makeRunDirectory({
    kind: nginx.kind,
    config: toText(options.config),
    conf: options.conf?.replaceAll("{port}", `${port}`).replaceAll("{admin_port}", `${adminPort}`),
    changes: changesFor(options, port, adminPort),
    files: { ...probeTlsOfOneCa(), ...options.files },
    sharedLua: sharedLua(),
  });
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  const ports = options.conf?.includes("{admin_port}") === false ? [port] : [port, adminPort];
  const launch = async (): Promise<NginxServer> => {
    const server = NginxServer.launch({ nginx, directory, ports, env: options.env });
    onCleanup(() => server.stop());
    await server.whenReady();
    return server;
  };
  const gateway = new Gateway(
    await launch(),
    launch,
    directory,
    port,
    adminPort,
    options.allowedErrors ?? [],
  );
  onCleanup(() => gateway.stop());
  return gateway;
}

function changesFor(options: GatewayOptions, port: number, adminPort: number): ConfChanges {
  const { workers, httpExtra, serverExtra, locationExtra } = options;
  const extras = { httpExtra, serverExtra, locationExtra };
  if (options.conf !== undefined) return { ...extras, workers };
  return {
    ...extras,
    workers: workers ?? 1,
    listen: `127.0.0.1:${port}`,
    adminListen: `127.0.0.1:${adminPort}`,
  };
}

export class Gateway {
  private isStopped = false;

  constructor(
    private server: NginxServer,
    private readonly launch: () => Promise<NginxServer>,
    /** nginx's prefix, with `conf/`, `logs/` and `state/`. */
    readonly directory: string,
    readonly port: number,
    readonly adminPort: number,
    private readonly allowedErrors: readonly RegExp[],
  ) {}

  get masterPid(): number {
    return this.server.pid;
  }

  /** `ws://` at the gateway's port. */
  url(target = "/"): string {
    return `ws://127.0.0.1:${this.port}${target}`;
  }

  /** Replaces `conf/switchboard.json`, by a rename unless `atomic` is false: then it is written in place. */
  writeConfig(config: object | string, { atomic = true }: { atomic?: boolean } = {}): void {
    const file = path.join(this.directory, "conf/switchboard.json");
    if (!atomic) return writeFileSync(file, toText(config));
    writeReadable(`${file}.new`, toText(config));
    renameSync(`${file}.new`, file);
  }

  /** What nginx logged and what it wrote to the standard error output. */
  errorLog(): string {
    return this.server.stderr + this.readLog("error.log");
  }

  accessLog(): string[] {
    return this.readLog("access.log").split("\n").filter(Boolean);
  }

  /** Asks for a reload and waits until new workers serve. A reload that must be refused: `signal("SIGHUP")`. */
  async reload(): Promise<void> {
    const before = new Set(this.workerPids());
    this.signal("SIGHUP");
    const areNew = (): boolean => {
      const now = this.workerPids();
      return now.length > 0 && now.every((pid) => !before.has(pid));
    };
    await waitFor(areNew, { what: `new workers after the reload; the error log:\n${this.errorLog()}` });
  }

  signal(name: NodeJS.Signals): void {
    this.server.signal(name);
  }

  /** The workers that accept connections. */
  workerPids(): number[] {
    return this.workers(false);
  }

  /** Workers from before a reload that still have connections. */
  exitingWorkerPids(): number[] {
    return this.workers(true);
  }

  /** Kills every process of it with SIGKILL, the master first: it would replace its workers. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await waitFor(() => this.areAllKilled(), { what: "every process to be gone" });
    await this.server.whenEnded();
  }

  /** Whether no process of it is left; workers of a master that was killed are killed too. */
  private areAllKilled(): boolean {
    const left = processesIn(this.directory);
    for (const pid of left) signalProcess(pid, "SIGKILL");
    return left.length === 0;
  }

  /** Starts it again, in the same folder and on the same ports, once it was killed or has stopped. */
  async start(): Promise<void> {
    await this.server.stop();
    this.server = await this.launch();
    this.isStopped = false;
  }

  /** Stops it, and starts it again. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends every process of it; fails if the error log holds a sign of a defect or a process is left. */
  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    const defects = this.defects();
    await this.server.stop();
    if (defects.length > 0) throw new Error(`the gateway logged:\n${defects.join("\n")}`);
  }

  private workers(isExiting: boolean): number[] {
    return this.server
      .children()
      .filter(({ title }) => title.startsWith("nginx: worker process"))
      .filter(({ title }) => title.endsWith("is shutting down") === isExiting)
      .map(({ pid }) => pid);
  }

  private defects(): string[] {
    const allowed = [FILE_LIMIT, ...this.allowedErrors];
    return entries(this.errorLog()).filter(
      (entry) => DEFECT.test(entry) && !allowed.some((pattern) => pattern.test(entry)),
    );
  }

  private readLog(name: string): string {
    try {
      return readFileSync(path.join(this.directory, "logs", name), "utf8");
    } catch {
      return "";
    }
  }
}

/** A log entry begins with its time; a traceback continues on lines of its own. */
function entries(log: string): string[] {
  return log.split(/\n(?=\d{4}\/)/);
}

function toText(config: object | string): string {
  return typeof config === "string" ? config : JSON.stringify(config, undefined, 2);
}
