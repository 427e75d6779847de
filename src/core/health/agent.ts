import { isDigit, isPrintable } from "../config/characters";
import type { Fallible } from "../fallible";
import type { AgentWish } from "./record";

/** Far more than all there is to say, and less than what a worker reports of a longer value, which it cuts. */
const MAX_LENGTH = 100;
const MAX_WEIGHT = 1000;
const MAX_PERCENT = 1000;
const MAX_CONNS = 1_000_000;
/** What is told of a word that is wrong. */
const MAX_TOLD = 32;

interface Draft {
  isReady: boolean;
  isDraining: boolean;
  weight?: number;
  weightPercent?: number;
  maxConns?: number;
}

/**
 * Reads a value of `Switchboard-Peer`. It is all that the peer wishes: what it does not name is as configured. The reason why a
 * value is none fits into one line of a log, whatever the peer has sent.
 */
export function parseWish(text: string): Fallible<AgentWish> {
  if (text.length > MAX_LENGTH) return $multi(undefined, `it is longer than ${MAX_LENGTH} characters`);
  const draft: Draft = { isReady: false, isDraining: false };
  let words = 0;
  let start = 0;
  while (start < text.length) {
    if (isSeparator(text.charCodeAt(start))) {
      start += 1;
      continue;
    }
    const end = endOfWord(text, start);
    const reason = take(draft, text.substring(start, end));
    if (reason !== undefined) return $multi(undefined, `${quoted(text.substring(start, end))} ${reason}`);
    words += 1;
    start = end;
  }
  if (words === 0) return $multi(undefined, "it says nothing");
  const { isDraining, weight, weightPercent, maxConns } = draft;
  return $multi({ isDraining, weight, weightPercent, maxConns });
}

/** The wish in the words that ask for it; without one the peer is `ready`. */
export function describeWish(wish: AgentWish | undefined): string {
  if (wish === undefined) return "ready";
  const words: string[] = [];
  if (wish.isDraining) words.push("drain");
  if (wish.weight !== undefined) words.push(`weight=${wish.weight}`);
  if (wish.weightPercent !== undefined) words.push(`weight=${wish.weightPercent}%`);
  if (wish.maxConns !== undefined) words.push(`max_conns=${wish.maxConns}`);
  return words.length === 0 ? "ready" : words.join(" ");
}

/** @returns what is wrong with the word */
function take(draft: Draft, word: string): string | undefined {
  if (word === "ready" || word === "drain") {
    if (draft.isReady || draft.isDraining) return "comes after another ready or drain";
    if (word === "ready") draft.isReady = true;
    else draft.isDraining = true;
    return undefined;
  }
  if (word.startsWith("weight=")) return takeWeight(draft, word.substring("weight=".length));
  if (word.startsWith("max_conns=")) return takeMaxConns(draft, word.substring("max_conns=".length));
  return "is none of ready, drain, weight=N, weight=N% and max_conns=N";
}

function takeWeight(draft: Draft, value: string): string | undefined {
  if (draft.weight !== undefined || draft.weightPercent !== undefined) return "is a second weight";
  if (value.endsWith("%")) {
    draft.weightPercent = readNumber(value.substring(0, value.length - 1), MAX_PERCENT);
    return draft.weightPercent === undefined ? `is no whole percentage from 0 to ${MAX_PERCENT}` : undefined;
  }
  draft.weight = readNumber(value, MAX_WEIGHT);
  return draft.weight === undefined ? `is no whole number from 0 to ${MAX_WEIGHT}` : undefined;
}

function takeMaxConns(draft: Draft, value: string): string | undefined {
  if (draft.maxConns !== undefined) return "is a second max_conns";
  draft.maxConns = readNumber(value, MAX_CONNS);
  return draft.maxConns === undefined ? `is no whole number from 0 to ${MAX_CONNS}` : undefined;
}

/** Digits alone, and no 0 before others. */
function readNumber(text: string, max: number): number | undefined {
  if (text === "" || (text.length > 1 && text.startsWith("0"))) return undefined;
  let value = 0;
  for (const index of $range(0, text.length - 1)) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return undefined;
    value = value * 10 + (code - 0x30);
    if (value > max) return undefined;
  }
  return value;
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isSeparator(text.charCodeAt(end))) end += 1;
  return end;
}

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x2c;
}

function quoted(word: string): string {
  let told = "";
  for (const index of $range(0, Math.min(word.length, MAX_TOLD) - 1))
    told += isPrintable(word.charCodeAt(index)) ? word.charAt(index) : "?";
  return word.length > MAX_TOLD ? `"${told}..."` : `"${told}"`;
}
