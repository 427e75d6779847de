import { EXIT, Failure } from "../failure";
import { describeError } from "../output/error";
import type { ApiError } from "./shapes";

/** The gateway's own "no", with its document for `--json`. */
export class Refusal extends Failure {
  constructor(
    readonly status: number,
    readonly error: ApiError,
    readonly document: unknown,
  ) {
    super(describeError(error), EXIT.refused);
  }
}

/** No gateway answered: always one line. */
export function unreachable(where: string, reason: string): Failure {
  return new Failure(
    `error: no gateway reachable at ${where}: ${reason.replace(/\s+/g, " ").trim()}`,
    EXIT.unreachable,
  );
}
