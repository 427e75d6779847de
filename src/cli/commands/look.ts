import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { upstreamPath } from "../client/paths";
import type { Pick, RouteMatch, RouteView, Status, UpstreamView } from "../client/shapes";
import { renderPeers, renderUpstreams } from "../output/peers";
import { renderMatch, renderRoutes } from "../output/routes";
import { renderStatus } from "../output/status";
import { printable } from "../output/style";
import { EXIT, Failure } from "../failure";
import { withExamples } from "./arguments";
import { withContext } from "./context";

/** The commands that ask and change nothing. */
export function addLookCommands(program: Command): void {
  withExamples(
    program
      .command("status")
      .description("tell the version, the generation in force, workers, totals and what is wrong")
      .action(
        withContext(async (context) => {
          const status = await context.client().get<Status>("/v1/status");
          context.show(status, () => renderStatus(status, context.style));
        }),
      ),
    "switchboard status",
  );

  withExamples(
    program
      .command("upstreams")
      .description("list the upstreams")
      .action(
        withContext(async (context) => {
          const answer = await context.client().get<{ upstreams: UpstreamView[] }>("/v1/upstreams");
          context.show(answer, ({ upstreams }) => renderUpstreams(upstreams, context.style));
        }),
      ),
    "switchboard upstreams",
  );

  withExamples(
    program
      .command("peers")
      .description("list the peers of an upstream")
      .argument("<upstream>")
      .action(
        withContext(async (context, upstream: string) => {
          const answer = await context.client().get<UpstreamView>(upstreamPath(upstream));
          context.show(answer, () => renderPeers(answer, context.style));
        }),
      ),
    "switchboard peers chat",
  );

  withExamples(
    program
      .command("pick")
      .description("tell where an upstream would send a new session; it takes no slot")
      .argument("<upstream>")
      .option("--key <key>", "what the session is bound by")
      .action(
        withContext(async (context, upstream: string, { key }: { key?: string }) => {
          const answer = await context.client().get<Pick>(`${upstreamPath(upstream)}/pick`, { key });
          context.show(answer, ({ peer, reason }) => {
            const address = peer.address === peer.id ? "" : ` (${peer.address})`;
            return `${printable(`${upstream}/${peer.id}${address}: ${reason}`)}\n`;
          });
        }),
      ),
    "switchboard pick chat --key user-42",
  );

  withExamples(
    program
      .command("routes")
      .description("list the routes")
      .action(
        withContext(async (context) => {
          const answer = await context.client().get<{ routes: RouteView[] }>("/v1/routes");
          context.show(answer, ({ routes }) => renderRoutes(routes, context.style));
        }),
      ),
    "switchboard routes",
  );

  withExamples(
    program
      .command("match")
      .description("tell which route the request for a URL would take")
      .argument("<url>", "as a client has it; without a host, or with a path alone, any host")
      .option("--subprotocol <names>", "what it offers, with commas between")
      .option("--header <name:value>", "a header it has; may be given several times", addHeader, {})
      .action(
        withContext(async (context, url: string, { subprotocol, header }: MatchOptions) => {
          const query = { ...targetOf(url), subprotocol, ...header };
          const answer = await context.client().get<RouteMatch>("/v1/routes/match", query);
          context.show(answer, renderMatch);
        }),
      ),
    "switchboard match wss://chat.example.com/rooms/42/history",
    "switchboard match '/rooms/42?v=2' --header 'X-Tenant: acme'",
  );
}

interface MatchOptions {
  readonly subprotocol?: string;
  readonly header: Readonly<Record<string, string>>;
}

/** Collects headers by the names that the API's query has for them. */
function addHeader(text: string, others: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("A header is like 'X-Tenant: acme'.");
  return { ...others, [`header.${name.toLowerCase()}`]: value! };
}

/** Host and path of `ws://host/path`, `host/path` or `/path`, as they are written: nothing is normalised here. */
export function targetOf(url: string): { host?: string; path: string } {
  const [, scheme, host = "", path = ""] = /^(?:([a-z]+):\/\/)?([^/?#]*)([^#]*)/i.exec(url)!;
  if (scheme !== undefined && !/^(wss?|https?)$/i.test(scheme))
    throw new Failure(`error: ${url} is not the URL of a WebSocket`, EXIT.usage);
  return { host: host === "" ? undefined : host, path: path.startsWith("/") ? path : `/${path}` };
}
