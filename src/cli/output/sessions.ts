import type { ListedSession, ShownFrame, ShownSession } from "../client/shapes";
import { count, formatBytes } from "./amounts";
import { printable } from "./style";
import type { Style } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

export const SESSION_COLUMNS: readonly Column<ListedSession>[] = [
  { title: "SESSION", show: ({ id }) => id },
  { title: "CLIENT", show: ({ client }) => client },
  { title: "ROUTE", show: ({ route }) => route },
  { title: "PEER", show: ({ upstream, peer }) => `${upstream}/${peer}` },
  { title: "WORKER", isNumber: true, show: ({ worker }) => worker },
  { title: "START", show: ({ start }) => start },
  { title: "TO_CLIENT", isNumber: true, show: ({ bytes_to_client }) => showBytes(bytes_to_client) },
  { title: "TO_PEER", isNumber: true, show: ({ bytes_to_peer }) => showBytes(bytes_to_peer) },
];

function showBytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : formatBytes(bytes);
}

const FRAME_COLUMNS: readonly Column<ShownFrame>[] = [
  { title: "TIME", show: ({ time }) => time },
  { title: "FROM", show: ({ from }) => from },
  { title: "OPCODE", show: ({ opcode }) => opcode },
  { title: "FINAL", show: ({ final }) => (final ? "yes" : "no") },
  { title: "LENGTH", isNumber: true, show: ({ length }) => length },
  { title: "CODE", isNumber: true, show: ({ code }) => code },
];

/** One fact in a line, and what was recorded of its frames. */
export function renderSession(session: ShownSession, style: Style): string {
  const all = [...facts(session), ...relayFacts(session)];
  const width = Math.max(...all.map(([name]) => name.length));
  const lines = all.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`);
  const { frames = [] } = session;
  return lines.join("") + (frames.length > 0 ? renderTable(FRAME_COLUMNS, frames, style) : "");
}

type Fact = readonly [name: string, value: string];

function facts(session: ShownSession): Fact[] {
  const { id, client, route, upstream, peer, worker, start, mode } = session;
  return [
    ["session", id],
    ["client", client === "" ? "-" : client],
    ["route", route],
    ["peer", `${upstream}/${peer}`],
    ["worker", `process ${worker}`],
    ["start", start],
    ["mode", mode],
    ["to_client", showBytes(session.bytes_to_client) || "-"],
    ["to_peer", showBytes(session.bytes_to_peer) || "-"],
  ];
}

function relayFacts(session: ShownSession): Fact[] {
  const { mode, moves = 0, moved_at, moving, client_rtt_ms, peer_rtt_ms } = session;
  if (mode !== "relay") return [];
  const last = moved_at === undefined ? "" : `, the last at ${moved_at}`;
  return [
    ["from_client", showMessages(session.messages_from_client, session.bytes_from_client)],
    ["from_peer", showMessages(session.messages_from_peer, session.bytes_from_peer)],
    ["moves", `${moves}${last}${moving === true ? ", one under way" : ""}`],
    ["unconfirmed", count(session.unconfirmed_messages ?? 0, "message")],
    ["round_trip", `client ${showMs(client_rtt_ms)}, peer ${showMs(peer_rtt_ms)}`],
  ];
}

function showMessages(messages = 0, bytes = 0): string {
  return `${count(messages, "message")}, ${formatBytes(bytes)}`;
}

function showMs(ms: number | undefined): string {
  return ms === undefined ? "-" : `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)}ms`;
}
