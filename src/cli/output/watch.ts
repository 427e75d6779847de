import type { PeerView, Status, UpstreamView } from "../client/shapes";
import { formatBytes, formatRate } from "./amounts";
import { PEER_COLUMNS } from "./peers";
import { printable } from "./style";
import type { Style } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

/** What was there at one time. */
export interface Frame {
  /** Milliseconds of any clock that runs on. */
  readonly atMs: number;
  readonly status: Status;
  readonly upstreams: readonly UpstreamView[];
}

interface Row {
  readonly upstream: string;
  readonly peer: PeerView;
  /** Per second since the frame before; `undefined` if it is not known. */
  rate(counter: string): number | undefined;
}

const PEER = columnsOf("STATE", "HEALTH", "SINCE", "WEIGHT", "ACTIVE", "MAX").map(ofRow);

const COLUMNS: readonly Column<Row>[] = [
  { title: "PEER", show: ({ upstream, peer }) => `${upstream}/${peer.id}` },
  ...PEER,
  { title: "NEW/S", isNumber: true, show: ({ rate }) => optional(formatRate, rate("opened")) },
  {
    title: "TO_CLIENT/S",
    isNumber: true,
    show: ({ rate }) => optional(formatBytes, rate("bytes_to_client")),
  },
  { title: "TO_PEER/S", isNumber: true, show: ({ rate }) => optional(formatBytes, rate("bytes_to_peer")) },
  ...columnsOf("AGENT", "WHY").map(ofRow),
];

/** The state of the gateway as a head line and a table without a box, which changes less from frame to frame. */
export function renderFrame(now: Frame, before: Frame | undefined, time: string, style: Style): string {
  const { version, generation, workers } = now.status;
  const active = now.upstreams.reduce((sum, upstream) => sum + upstream.active, 0);
  const down = now.upstreams.flatMap(({ peers }) => peers).filter(({ health }) => health === "down");
  const facts = [
    `switchboard ${version}`,
    `generation ${generation}`,
    `workers ${workers}`,
    `sessions ${active}`,
    ...(down.length > 0 ? [`down ${down.length}`] : []),
  ];
  const head = `${printable([time, ...facts].join("  "))}\n`;
  return head + renderTable(COLUMNS, rowsOf(now, before), { ...style, isTerminal: false });
}

function rowsOf(now: Frame, before: Frame | undefined): Row[] {
  const earlier = new Map<string, PeerView>();
  for (const { name, peers } of before?.upstreams ?? [])
    for (const peer of peers) earlier.set(`${name}/${peer.id}`, peer);
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  return now.upstreams.flatMap(({ name, peers }) =>
    peers.map((peer) => ({
      upstream: name,
      peer,
      rate(counter: string) {
        const [first, last] = [earlier.get(`${name}/${peer.id}`)?.totals?.[counter], peer.totals?.[counter]];
        if (first === undefined || last === undefined || seconds <= 0) return undefined;
        // Counters begin anew with nginx.
        return Math.max(0, last - first) / seconds;
      },
    })),
  );
}

function columnsOf(...titles: string[]): Column<PeerView>[] {
  return titles.map((title) => PEER_COLUMNS.find((column) => column.title === title)!);
}

function ofRow(column: Column<PeerView>): Column<Row> {
  return {
    ...column,
    show: ({ peer }) => column.show(peer),
    tone: ({ peer }) => column.tone?.(peer),
  };
}

function optional(format: (value: number) => string, value: number | undefined): string {
  return value === undefined ? "" : format(value);
}
