import { consistsOf, isTokenCharacter } from "../config/characters";

/** Lists of extensions as Sec-WebSocket-Extensions has them (RFC 6455 section 9.1), and what RFC 7692 says of one of them. */

export interface Extension {
  /** Lower case, as are the names of parameters. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Where its first character stands in the list, and behind its last one. */
  readonly start: number;
  readonly end: number;
}

interface Parameter {
  readonly name: string;
  /** Without its quotes; absent: it has none. */
  readonly value?: string;
}

const DEFLATE = "permessage-deflate";
const BROWSERS_OFFER = "permessage-deflate; client_max_window_bits";
const NO_CLIENT_CONTEXT = "client_no_context_takeover";
/** What a window has where nothing is said of it. */
const WINDOWS = ["server_max_window_bits", "client_max_window_bits"];
const FULL_WINDOW = "15";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** A text, and how far it is read. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** `undefined` where the text is no list of extensions. Empty items are none (RFC 9110 section 5.6.1). */
export function parseExtensions(text: string): readonly Extension[] | undefined {
  const extensions: Extension[] = [];
  const cursor = { text, at: 0 };
  for (;;) {
    skipBlanks(cursor);
    if (cursor.at < text.length && !isAt(cursor, COMMA)) {
      const extension = readExtension(cursor);
      if (extension === undefined) return undefined;
      extensions.push(extension);
      skipBlanks(cursor);
    }
    if (cursor.at >= text.length) return extensions;
    if (!isAt(cursor, COMMA)) return undefined;
    cursor.at += 1;
  }
}

/**
 * What of an offer a relay may pass on: another extension than permessage-deflate may mean something by a frame that the relay would
 * read otherwise. Of what is no list nothing is left.
 */
export function deflateOffers(offered: string): string {
  // What browsers offer.
  if (offered === DEFLATE || offered === BROWSERS_OFFER) return offered;
  const extensions = parseExtensions(offered);
  if (extensions === undefined) return "";
  const offers: string[] = [];
  for (const { name, start, end } of extensions)
    if (name === DEFLATE) offers.push(offered.substring(start, end));
  return offers.join(", ");
}

/** Whether each extension of an answer is one of those of an offer. */
export function areOffered(answered: string, offered: string): boolean {
  const extensions = parseExtensions(answered);
  if (extensions === undefined) return false;
  const offers = parseExtensions(offered);
  if (offers === undefined) return false;
  for (const { name } of extensions) if (!hasName(offers, name)) return false;
  return true;
}

/**
 * The answer with the word by which a client compresses each message for itself, where it compresses and the word is missing: a
 * server may say it to every offer (RFC 7692 section 7.1.1.2). So another peer understands the client's next message.
 */
export function withoutClientContext(answered: string): string {
  if (answered === "" || !answered.toLowerCase().includes(DEFLATE)) return answered;
  let text = answered;
  const extensions = parseExtensions(answered) ?? [];
  // From the end: what is put in moves only what comes behind it.
  for (const index of $range(extensions.length - 1, 0, -1)) {
    const { name, parameters, end } = extensions[index]!;
    if (name === DEFLATE && !hasName(parameters, NO_CLIENT_CONTEXT))
      text = `${text.substring(0, end)}; ${NO_CLIENT_CONTEXT}${text.substring(end)}`;
  }
  return text;
}

/** What two sides have agreed to in a handshake. */
export interface Agreement {
  /** `""` for none. */
  readonly subprotocol: string;
  readonly extensions: string;
}

/**
 * Whether a client that has one agreement would understand a peer that answers another. The order of extensions has a meaning (RFC
 * 6455 section 9.1), that of their parameters has none.
 */
export function isSameAgreement(a: Agreement, b: Agreement): boolean {
  if (a.subprotocol !== b.subprotocol) return false;
  return a.extensions === b.extensions || normalised(a.extensions) === normalised(b.extensions);
}

/** One text for all lists that mean the same; a malformed one stands for itself. */
function normalised(text: string): string {
  const extensions = parseExtensions(text);
  if (extensions === undefined) return text;
  const parts: string[] = [];
  for (const { name, parameters } of extensions) {
    const words: string[] = [];
    for (const parameter of parameters) {
      if (isMeaningful(name, parameter)) words.push(wordOf(parameter));
    }
    parts.push([name, ...words.sort()].join(";"));
  }
  return parts.join(",");
}

/** The client is told to compress each message for itself whether or not the peer says so. */
function isMeaningful(extension: string, { name, value }: Parameter): boolean {
  if (extension !== DEFLATE) return true;
  return name !== NO_CLIENT_CONTEXT && !(WINDOWS.includes(name) && value === FULL_WINDOW);
}

/** A value is quoted, so that it cannot look like a further word. */
function wordOf({ name, value }: Parameter): string {
  if (value === undefined) return name;
  return `${name}="${value.split("\\").join("\\\\").split('"').join('\\"')}"`;
}

function hasName(list: readonly { readonly name: string }[], name: string): boolean {
  for (const item of list) if (item.name === name) return true;
  return false;
}

function readExtension(cursor: Cursor): Extension | undefined {
  const start = cursor.at;
  const name = readToken(cursor);
  if (name === "") return undefined;
  const parameters: Parameter[] = [];
  let end = cursor.at;
  skipBlanks(cursor);
  while (isAt(cursor, SEMICOLON)) {
    cursor.at += 1;
    skipBlanks(cursor);
    const parameter = readParameter(cursor);
    if (parameter === undefined) return undefined;
    parameters.push(parameter);
    end = cursor.at;
    skipBlanks(cursor);
  }
  return { name: name.toLowerCase(), parameters, start, end };
}

function readParameter(cursor: Cursor): Parameter | undefined {
  const name = readToken(cursor).toLowerCase();
  if (name === "") return undefined;
  const end = cursor.at;
  skipBlanks(cursor);
  if (!isAt(cursor, EQUALS)) {
    cursor.at = end;
    return { name };
  }
  cursor.at += 1;
  skipBlanks(cursor);
  const value = isAt(cursor, QUOTE) ? readQuoted(cursor) : readToken(cursor);
  // What is quoted must be a token without its quotes.
  if (value === undefined || !consistsOf(value, isTokenCharacter)) return undefined;
  return { name, value };
}

function readToken(cursor: Cursor): string {
  const start = cursor.at;
  while (isTokenCharacter(cursor.text.charCodeAt(cursor.at))) cursor.at += 1;
  return cursor.text.substring(start, cursor.at);
}

/** From its opening quote; `undefined` without a closing one. */
function readQuoted(cursor: Cursor): string | undefined {
  const { text } = cursor;
  let value = "";
  cursor.at += 1;
  while (cursor.at < text.length) {
    if (isAt(cursor, QUOTE)) {
      cursor.at += 1;
      return value;
    }
    if (isAt(cursor, BACKSLASH)) cursor.at += 1;
    value += text.charAt(cursor.at);
    cursor.at += 1;
  }
  return undefined;
}

function skipBlanks(cursor: Cursor): void {
  const { text } = cursor;
  let code = text.charCodeAt(cursor.at);
  while (code === BLANK || code === TAB) {
    cursor.at += 1;
    code = text.charCodeAt(cursor.at);
  }
}

function isAt({ text, at }: Cursor, code: number): boolean {
  return text.charCodeAt(at) === code;
}
