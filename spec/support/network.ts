import { execFileSync } from "node:child_process";
import { onCleanup } from "./cleanup";

/** A machine of its own as far as TCP sees: a network namespace. */
export interface Host {
  readonly address: string;
  /** Goes before a command that is to run there; it becomes that command. */
  readonly through: readonly string[];
}

/** Hosts that reach each other through a router, which can stop passing on what one of them says and is told. */
export interface Network<Name extends string> {
  readonly hosts: Readonly<Record<Name, Host>>;
  /** From now on nobody hears of this host, and nobody is told why: no link goes down, and no ICMP is sent. */
  cut(name: Name): void;
  heal(name: Name): void;
}

let networks = 0;

/**
 * Nothing of it touches the machine's own network, and it is gone after the spec.
 * @throws Error where this machine lets nobody make network namespaces
 */
export function makeNetwork<Name extends string>(names: readonly Name[]): Network<Name> {
  networks += 1;
  const prefix = `switchboard-${process.pid}-${networks}`;
  const router = `${prefix}-router`;
  makeNamespace(router);
  const routes = new Map<Name, string>();
  const hosts = {} as Record<Name, Host>;
  for (const [index, name] of names.entries()) {
    const namespace = `${prefix}-${name}`;
    const subnet = `10.73.${index + 1}`;
    makeNamespace(namespace);
    ip(
      "-n",
      router,
      "link",
      "add",
      "name",
      `to-${name}`,
      "type",
      "veth",
      "peer",
      "name",
      "out",
      "netns",
      namespace,
    );
    addLink(router, `to-${name}`, `${subnet}.1`);
    addLink(namespace, "out", `${subnet}.2`);
    ip("-n", namespace, "route", "add", "default", "via", `${subnet}.1`);
    routes.set(name, `${subnet}.2/32`);
    hosts[name] = { address: `${subnet}.2`, through: within(namespace) };
  }
  // With `rp_filter` it drops also what comes from where it has no way back to, so one route cuts both directions.
  set(router, "conf/all/rp_filter");
  set(router, "ip_forward");
  return {
    hosts,
    cut: (name) => ip("-n", router, "route", "add", "blackhole", routes.get(name)!),
    heal: (name) => ip("-n", router, "route", "del", "blackhole", routes.get(name)!),
  };
}

function makeNamespace(namespace: string): void {
  onCleanup(() => ip("netns", "del", namespace));
  ip("netns", "add", namespace);
  ip("-n", namespace, "link", "set", "lo", "up");
}

function addLink(namespace: string, link: string, address: string): void {
  ip("-n", namespace, "addr", "add", `${address}/24`, "dev", link);
  ip("-n", namespace, "link", "set", link, "up");
}

function set(namespace: string, setting: string): void {
  run([...within(namespace), "sh", "-c", `echo 1 > /proc/sys/net/ipv4/${setting}`]);
}

function within(namespace: string): string[] {
  return ["nsenter", `--net=/run/netns/${namespace}`];
}

function ip(...args: string[]): void {
  run(["ip", ...args]);
}

function run([file, ...args]: readonly string[]): void {
  try {
    execFileSync(file!, args, { stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(
      `this spec makes network namespaces, which takes root, iproute2 and util-linux: ${stderr.trim() || message}`,
    );
  }
}
