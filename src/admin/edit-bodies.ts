import { peer as peerSpecification } from "../core/config/fields/peer";
import { DAY_MS, LONGEST_TIMER_MS } from "../core/config/fields/spans";
import type { ConfigError } from "../core/config/findings";
import { Findings } from "../core/config/findings";
import type { RemovalPolicy } from "../core/config/layers/stamp";
import type { AnyField, ObjectSpec, Spec } from "../core/config/specification";
import { boolean, choice, durationMs, object } from "../core/config/specification";
import { asRecord } from "../core/config/layers/document-parts";
import type { Json } from "../core/config/walker";
import { walk } from "../core/config/walker";
import type { Decode } from "../core/state/lines";
import type { Refusal } from "./write-call";
import { refusal } from "./write-call";

/** The bodies of calls on one peer. */

export interface DrainBody {
  readonly deadlineMs?: number;
  readonly spreadMs?: number;
  readonly close?: "keep" | "paced";
  readonly isForced: boolean;
}

export interface RemoveBody {
  readonly sessions: RemovalPolicy;
}

const NO_FORCE: AnyField = {
  name: "force",
  into: "isForced",
  is: boolean(),
  default: false,
  about: "Even if it is the last ready peer.",
};

export const drainBody = object<DrainBody>([
  { name: "deadline", into: "deadlineMs", is: durationMs(0, LONGEST_TIMER_MS), about: "As in the config." },
  { name: "spread", into: "spreadMs", is: durationMs(0, DAY_MS), about: "As in the config." },
  { name: "close", into: "close", is: choice("keep", "paced"), about: "As in the config." },
  NO_FORCE as never,
]);

export const maintBody = object<Pick<DrainBody, "isForced">>([NO_FORCE as never]);

export const readyBody = object<object>([]);

export const removeBody = object<RemoveBody>([
  {
    name: "sessions",
    into: "sessions",
    is: choice("keep", "drain", "close"),
    default: "keep",
    about: "What becomes of the sessions that are open on it.",
  },
]);

const PATCHABLE = ["weight", "max_conns", "state", "backup", "zone"];

export const patchBody: Spec<object> = object<object>(
  (peerSpecification as ObjectSpec).fields.filter(({ name }) => PATCHABLE.includes(name)) as never[],
);

export interface ReadBody<T> {
  readonly body?: T;
  readonly errors: readonly ConfigError[];
}

/** Pointers are those of the body. */
export function readBody<T>(specification: Spec<T>, value: unknown): ReadBody<T> {
  const findings = new Findings();
  const body = walk(specification, value, findings);
  if (findings.count > 0 || body === undefined) return { errors: findings.list() };
  return { body, errors: [] };
}

/** An object in a body of a call; none at all stands for one without fields. */
export function readObject(
  text: string,
  decode: Decode,
): LuaMultiReturn<[body: Json] | [body: undefined, refused: Refusal]> {
  if (text === "") return $multi({});
  const [value, err] = decode(text);
  if (value === undefined) return $multi(undefined, refusal(400, "bad_json", `the body is not JSON: ${err}`));
  const record = asRecord(value);
  if (record === undefined || (Array.isArray(value) && Object.keys(record).length > 0)) {
    return $multi(undefined, refusal(400, "bad_request", "the body is not a JSON object"));
  }
  return $multi(record);
}
