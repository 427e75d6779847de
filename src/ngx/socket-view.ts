import * as ffi from "ffi";
import type { SocketView } from "../core/listing/listing";
import type { Session } from "../core/session/session";
import { clientHandle, sentOn } from "./connection";

/**
 * What nginx knows of a connection and tells Lua only within its request: the address of its far side, and the bytes sent. The
 * structure is described here up to the address's text, as it has been for long in every nginx, and is believed once it has
 * said what nginx's own variables say. Until then, or where it says something else, a list shows neither.
 */
interface SocketAddress {
  readonly family: number;
  readonly port: unknown;
  readonly ipv6: unknown;
}

interface Connection {
  readonly address: SocketAddress | undefined;
  readonly addressLength: number;
  readonly textLength: unknown;
  readonly text: unknown;
}

const ADDRESS = ffi.typeof("struct { uint16_t family; char port[2]; char ipv4[4]; char ipv6[16]; }");
const CONNECTION = ffi.typeof(
  `struct {
    void *data, *read, *write; int fd;
    void *recv, *send, *recv_chain, *send_chain, *listening; int64_t sent;
    void *log, *pool; int type; $ *address; uint32_t addressLength; size_t textLength; const char *text;
  }`,
  ADDRESS,
);
const CONNECTION_POINTER = ffi.typeof("$ *", CONNECTION);

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const IPV4_LENGTH = 16;
const IPV6_LENGTH = 28;
const LONGEST_TEXT = 128;

/** Whether a field is where the structure has it, as far as was found out. */
type Belief = "unknown" | "believed" | "wrong";

let addressBelief: Belief = "unknown";

/** To be called in a phase of the request. It looks until it is sure, once as a rule. */
export function learnAddressField(request: number): void {
  if (addressBelief !== "unknown") return;
  const handle = clientHandle(request);
  if (handle === 0) return;
  const { address, addressLength } = connectionAt(handle);
  const port = Number(ngx.var["remote_port"] ?? "");
  // On a unix socket there is nothing to compare with.
  if (!(port > 0)) return;
  const isKnown = address !== undefined && (addressLength === IPV4_LENGTH || addressLength === IPV6_LENGTH);
  addressBelief =
    isKnown && portOf(address) === port && textOf(handle) === ngx.var["remote_addr"] ? "believed" : "wrong";
}

export const socketView: SocketView = {
  client(session: Session): string {
    if (addressBelief !== "believed") return "";
    const handle = clientHandle(session.requestHandle);
    return handle === 0 ? "" : addressBytes(connectionAt(handle));
  },
  sentToClient: (session) => sentWhereSure(clientHandle(session.requestHandle)),
  sentToPeer: (session) => sentWhereSure(session.upstreamHandle),
};

/** The field stands before that of the address, so where that one is right this one is until it is proved wrong. */
function sentWhereSure(handle: number): number | undefined {
  return addressBelief === "believed" ? sentOn(handle) : undefined;
}

function connectionAt(handle: number): Connection {
  return ffi.cast(CONNECTION_POINTER, handle) as Connection;
}

/** As `SessionRecord` has it. */
function addressBytes({ address, addressLength }: Connection): string {
  if (address === undefined) return "";
  if (address.family === AF_UNIX) return "unix:";
  if (address.family === AF_INET && addressLength >= IPV4_LENGTH) return ffi.string(address.port, 6);
  if (address.family !== AF_INET6 || addressLength < IPV6_LENGTH) return "";
  return ffi.string(address.port, 2) + ffi.string(address.ipv6, 16);
}

function portOf(address: SocketAddress): number {
  const bytes = ffi.string(address.port, 2);
  return bytes.charCodeAt(0) * 256 + bytes.charCodeAt(1);
}

function textOf(handle: number): string {
  const { text, textLength } = connectionAt(handle);
  const length = tonumber(textLength)!;
  return text === undefined || length > LONGEST_TEXT ? "" : ffi.string(text, length);
}
