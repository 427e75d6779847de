import type { ListedSession } from "../client/shapes";
import { formatBytes } from "./amounts";
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
