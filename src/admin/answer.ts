import { statusOf, type Refusal } from "./errors";
import { listText, withField } from "./json-text";
import type { Output } from "./output";
import type { AdminWorld } from "./world";

export interface AdminAnswer {
  readonly status: number;
  /** By name, beside Content-Type, which is JSON where it is not here. */
  readonly headers: Readonly<Record<string, string>>;
  /** Called once, after status and headers are known; large bodies pause between their pieces. */
  readonly write: (this: void, out: Output) => void;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

export function answerText(status: number, body: string, headers = NO_HEADERS): AdminAnswer {
  return { status, headers, write: (out) => out.write(body) };
}

export function answerStream(write: AdminAnswer["write"], headers = NO_HEADERS): AdminAnswer {
  return { status: 200, headers, write };
}

/** The answer without its body. */
export function headOf({ status, headers }: AdminAnswer): AdminAnswer {
  return { status, headers, write: () => undefined };
}

export function answerRefusal(refusal: Refusal, world: AdminWorld, headers = NO_HEADERS): AdminAnswer {
  const { code, message, details } = refusal;
  let error = world.encode({ code, message });
  if (details !== undefined) {
    const items = details.map((detail) => world.encode({ pointer: detail.pointer, message: detail.message }));
    error = withField(error, "details", listText(items));
  }
  return answerText(statusOf(code), `{"error":${error}}`, headers);
}
