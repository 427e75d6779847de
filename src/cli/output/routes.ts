import type { RouteMatch, RouteView, Share } from "../client/shapes";
import { printable } from "./style";
import type { Style } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

const COLUMNS: readonly Column<RouteView>[] = [
  { title: "ROUTE", show: ({ id }) => id },
  { title: "HOSTS", show: ({ hosts = [] }) => hosts.join(",") || "*" },
  { title: "PATH", show: ({ path }) => path ?? "/*" },
  { title: "UPSTREAM", show: ({ upstream, split = [] }) => upstream ?? showShares(split) },
  { title: "MODE", show: ({ mode }) => mode ?? "tunnel" },
  { title: "PRIORITY", isNumber: true, show: ({ priority }) => priority ?? 0 },
  { title: "ACTIVE", isNumber: true, show: ({ active }) => active },
];

export function renderRoutes(routes: readonly RouteView[], style: Style): string {
  return renderTable(COLUMNS, routes, style);
}

export function renderMatch({ route, upstreams, params, path }: RouteMatch): string {
  const facts: [string, string][] = [
    ["route", route.id],
    ["upstream", upstreams.length === 1 ? upstreams[0]!.upstream : showShares(upstreams)],
    ["mode", route.mode ?? "tunnel"],
    ...Object.entries(params).map(([name, value]): [string, string] => [`{${name}}`, value]),
    ["sent as", path],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => printable(`${name.padEnd(width)}  ${value}`) + "\n").join("");
}

function showShares(shares: readonly Share[]): string {
  return shares.map(({ upstream, weight }) => `${upstream}:${weight}`).join(",");
}
