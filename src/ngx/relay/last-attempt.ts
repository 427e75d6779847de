import type { VariableSource } from "../../core/affinity/cookie";
import type { DialFailure } from "./dial";

let nth = 0;
let hasSent = false;
let hasReceived = false;

/** The current request's variables; those that tell of attempts tell of the one that has failed last, which was no attempt of nginx. */
export const lastAttempt: VariableSource = {
  variable: (name) => {
    if (name === "upstream_bytes_sent") return ofAttempt(hasSent);
    if (name === "upstream_bytes_received") return ofAttempt(hasReceived);
    return ngx.var[name];
  },
};

/** @param attempt the first is 1 */
export function noteFailure(attempt: number, failure: DialFailure): void {
  nth = attempt;
  hasSent = failure.hasSent;
  hasReceived = failure.hasReceived;
}

function ofAttempt(isAny: boolean): string {
  return "-,".repeat(nth - 1) + (isAny ? "1" : "0");
}
