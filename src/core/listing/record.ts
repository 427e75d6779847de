/**
 * What the sessions' dict holds of a session: numbers in base 256, the highest byte first, each at its place, and then the
 * client's address as it is. With its key such a record takes one piece of 128 bytes.
 */
export interface SessionRecord {
  /** `undefined` where it is not known. */
  readonly bytesToClient: number | undefined;
  readonly bytesToPeer: number | undefined;
  readonly startMs: number;
  /** The numbers of names. */
  readonly peer: number;
  readonly route: number;
  /** The end of the session's id, behind what all ids of its worker begin with. */
  readonly serial: number;
  /** See `showClient`. */
  readonly client: string;
}

const BYTES_WIDTH = 6;
const START_WIDTH = 6;
const NAME_WIDTH = 4;
const SERIAL_WIDTH = 6;

const BYTES_TO_PEER = BYTES_WIDTH;
/** What changes stands before it. */
const START = BYTES_TO_PEER + BYTES_WIDTH;
const PEER = START + START_WIDTH;
const ROUTE = PEER + NAME_WIDTH;
const SERIAL = ROUTE + NAME_WIDTH;
const CLIENT = SERIAL + SERIAL_WIDTH;

const UNKNOWN_BYTES = 2 ** (8 * BYTES_WIDTH) - 1;

export function encodeRecord(record: SessionRecord): string {
  return (
    encodeBytes(record.bytesToClient, record.bytesToPeer) +
    encodeNumber(record.startMs, START_WIDTH) +
    encodeNumber(record.peer, NAME_WIDTH) +
    encodeNumber(record.route, NAME_WIDTH) +
    encodeNumber(record.serial, SERIAL_WIDTH) +
    record.client
  );
}

export function decodeRecord(text: string): SessionRecord {
  return {
    bytesToClient: decodeBytes(text, 0),
    bytesToPeer: decodeBytes(text, BYTES_TO_PEER),
    startMs: decodeNumber(text, START, START_WIDTH),
    peer: peerIn(text),
    route: routeIn(text),
    serial: decodeNumber(text, SERIAL, SERIAL_WIDTH),
    client: text.substring(CLIENT),
  };
}

export function peerIn(text: string): number {
  return decodeNumber(text, PEER, NAME_WIDTH);
}

export function routeIn(text: string): number {
  return decodeNumber(text, ROUTE, NAME_WIDTH);
}

/** The same record, of the same length, with other figures. */
export function withBytes(text: string, toClient: number | undefined, toPeer: number | undefined): string {
  return encodeBytes(toClient, toPeer) + text.substring(START);
}

function encodeBytes(toClient: number | undefined, toPeer: number | undefined): string {
  return (
    encodeNumber(toClient ?? UNKNOWN_BYTES, BYTES_WIDTH) + encodeNumber(toPeer ?? UNKNOWN_BYTES, BYTES_WIDTH)
  );
}

function decodeBytes(text: string, start: number): number | undefined {
  const value = decodeNumber(text, start, BYTES_WIDTH);
  return value === UNKNOWN_BYTES ? undefined : value;
}

function encodeNumber(value: number, width: number): string {
  let text = "";
  let rest = value;
  for (const _ of $range(1, width)) {
    const higher = Math.floor(rest / 256);
    text = String.fromCharCode(rest - higher * 256) + text;
    rest = higher;
  }
  return text;
}

function decodeNumber(text: string, start: number, width: number): number {
  let value = 0;
  for (const index of $range(start, start + width - 1)) value = value * 256 + text.charCodeAt(index);
  return value;
}
