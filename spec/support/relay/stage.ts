import { adminRequest } from "../admin-request";
import type { Backend } from "../backend";
import { startNamedBackend } from "../worker-probe";
import { connect } from "../client";
import type { Client, ConnectOptions } from "../client";
import { startGateway } from "../gateway";
import type { Gateway, GatewayOptions } from "../gateway";
import { waitFor } from "../wait-for";

/** One upstream of the stage, with a route of its own on `/NAME/*`. */
export interface Group {
  /** The addresses of its peers, by their ids, or all there is to say of them. */
  readonly peers: Readonly<Record<string, string | object>>;
  readonly upstream?: object;
  readonly route?: object;
  readonly relay?: object;
}

/** A session as the admin API lists it. */
interface Listed {
  readonly id: string;
  readonly peer: string;
}

/** For `locationExtra`: tells clients who they are. */
const NAME_SESSION = "add_header Session $switchboard_session always; add_header Worker $pid always;";

/** A gateway in relay mode, whose sessions are moved as soon as they are to be; sessions go to the peers of a group in turn, the first first. */
export class RelayStage {
  constructor(readonly gateway: Gateway) {}

  /** @param target behind the name of the group */
  connect(group: string, target = "/", options: ConnectOptions = {}): Promise<Client> {
    return connect(this.gateway.url(`/${group}${target}`), options);
  }

  /** Whether or not another one is ready. */
  drain(group: string, peer: string): Promise<void> {
    return this.tell("POST", group, `${peer}/drain`, { force: true });
  }

  maint(group: string, peer: string): Promise<void> {
    return this.tell("POST", group, `${peer}/maint`, { force: true });
  }

  ready(group: string, peer: string): Promise<void> {
    return this.tell("POST", group, `${peer}/ready`);
  }

  remove(group: string, peer: string): Promise<void> {
    return this.tell("DELETE", group, `${peer}?sessions=close`);
  }

  /** The peer of a session, as the list shows it. */
  async peerOf(client: Client): Promise<string | undefined> {
    const { json } = await adminRequest<{ sessions: readonly Listed[] }>(
      this.gateway,
      "GET",
      "/v1/sessions?limit=1000",
    );
    return json.sessions.find(({ id }) => id === sessionOf(client))?.peer;
  }

  /** Open sessions by peer, as the gateway counts them. */
  async counts(group: string): Promise<Record<string, number>> {
    const { json } = await adminRequest<{ peers: readonly { id: string; active: number }[] }>(
      this.gateway,
      "GET",
      `/v1/upstreams/${group}`,
    );
    return Object.fromEntries(json.peers.map(({ id, active }) => [id, active]));
  }

  whenCounted(group: string, expected: Readonly<Record<string, number>>): Promise<unknown> {
    const isSo = async (): Promise<boolean> => {
      const counts = await this.counts(group);
      return Object.entries(expected).every(([peer, count]) => (counts[peer] ?? 0) === count);
    };
    return waitFor(isSo, { what: `sessions of ${group}: ${JSON.stringify(expected)}` });
  }

  /** How a session ended, as its line in the access log says. */
  outcomeOf(client: Client): Promise<string> {
    const id = sessionOf(client);
    const find = (): string | undefined => {
      const line = this.gateway.accessLog().find((entry) => entry.includes(`"${id}"`));
      return line === undefined ? undefined : (JSON.parse(line) as { outcome: string }).outcome;
    };
    return waitFor(find, { what: `the end of session ${id} in the access log` });
  }

  private async tell(method: string, group: string, rest: string, body?: object): Promise<void> {
    const target = `/v1/upstreams/${group}/peers/${rest}`;
    const reply = await adminRequest(this.gateway, method, target, { body });
    if (reply.status >= 300) throw new Error(`${method} ${group} ${rest}: ${reply.status} ${reply.text}`);
  }
}

export async function startRelayStage(
  groups: Readonly<Record<string, Group>>,
  options: Omit<GatewayOptions, "config" | "locationExtra"> = {},
): Promise<RelayStage> {
  const upstreams = Object.fromEntries(
    Object.entries(groups).map(([name, { peers, upstream }]) => [
      name,
      {
        balancer: { type: "round_robin", start: 0 },
        peers: Object.entries(peers).map(([id, peer]) => ({
          id,
          ...(typeof peer === "string" ? { address: peer } : peer),
        })),
        drain: { spread: "0s" },
        ...upstream,
      },
    ]),
  );
  const routes = Object.entries(groups).map(([name, { route, relay = {} }]) => ({
    id: name,
    path: `/${name}/*`,
    upstream: name,
    mode: "relay",
    on_drain: "move",
    on_crash: "move",
    relay,
    ...route,
  }));
  const gateway = await startGateway({
    ...options,
    config: { upstreams, routes },
    locationExtra: NAME_SESSION,
  });
  return new RelayStage(gateway);
}

export function sessionOf(client: Client): string {
  return String(client.response.headers["session"]);
}

export function workerOf(client: Client): number {
  return Number(client.response.headers["worker"]);
}

/** A backend that says its name in front of what it answers. */
export interface NamedBackend extends Backend {
  /** What it was told, in all connections. */
  readonly heard: string[];
  /** The codes that its connections were closed with. */
  readonly closes: number[];
}

export async function startAnswering(name: string): Promise<NamedBackend> {
  const heard: string[] = [];
  const closes: number[] = [];
  const reply = (text: string): string => {
    heard.push(text);
    return `${name}: ${text}`;
  };
  const backend = await startNamedBackend(name, {
    reply,
    onOpen: (socket) => socket.once("close", (code) => closes.push(code)),
  });
  return Object.assign(backend, { heard, closes });
}
