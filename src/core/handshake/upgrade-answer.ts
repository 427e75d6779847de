import type { AnswerHead } from "./answer-head";
import { areOffered } from "./extensions";
import { eachToken, hasToken } from "./tokens";

const SWITCHING_PROTOCOLS = 101;
/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface Digests {
  /** 20 bytes. */
  sha1(this: void, text: string): string;
  base64(this: void, bytes: string): string;
}

/** What Sec-WebSocket-Accept must be. */
export function acceptOf(key: string, { sha1, base64 }: Digests): string {
  return base64(sha1(key + GUID));
}

/** What is wrong with an answer to an upgrade; `undefined` if nothing is (RFC 6455 section 4.1). */
export function findUpgradeFault(head: AnswerHead, accept: string): string | undefined {
  if (head.status !== SWITCHING_PROTOCOLS) return `answered ${head.status}`;
  if (!isWebSocketAlone(head.upgrade)) return "101 without Upgrade: websocket";
  if (!hasToken(head.connection, "upgrade")) return "101 without Connection: Upgrade";
  return head.accept === accept ? undefined : "wrong Sec-WebSocket-Accept";
}

/**
 * What is wrong with what a peer agreed to; `undefined` if nothing is: it may take what the client has offered.
 * @param subprotocols and extensions, as the client offers them
 */
export function findAgreementFault(
  head: AnswerHead,
  subprotocols: string,
  extensions: string,
): string | undefined {
  if (head.subprotocol !== "" && !hasItem(subprotocols, head.subprotocol))
    return "101 with a subprotocol that was not offered";
  if (head.extensions !== "" && !areOffered(head.extensions, extensions))
    return "101 with an extension that was not offered";
  return undefined;
}

function isWebSocketAlone(upgrade: string): boolean {
  if (upgrade === "websocket") return true;
  return hasToken(upgrade, "websocket") && countTokens(upgrade) === 1;
}

function countTokens(list: string): number {
  let count = 0;
  eachToken(list, () => {
    count += 1;
  });
  return count;
}

/** Whether a list has the item, whose case matters. */
function hasItem(list: string, item: string): boolean {
  if (list === item) return true;
  let at = list.indexOf(item);
  while (at >= 0) {
    const end = at + item.length;
    if (isEdge(list, at - 1, -1) && isEdge(list, end, 1)) return !item.includes(",");
    at = list.indexOf(item, at + 1);
  }
  return false;
}

const COMMA = 0x2c;
const BLANK = 0x20;
const TAB = 0x09;

/** Whether from there on, in steps, are blanks alone up to a comma or to where the list ends. */
function isEdge(list: string, from: number, step: number): boolean {
  let at = from;
  while (at >= 0 && at < list.length) {
    const code = list.charCodeAt(at);
    if (code === COMMA) return true;
    if (code !== BLANK && code !== TAB) return false;
    at += step;
  }
  return true;
}
