import { CommanderError } from "commander";

/** How the commands end. A table in docs/cli.md tells it to the operator. */
export const EXIT = {
  ok: 0,
  /** The gateway refused it, or what was given to it is not valid. */
  refused: 1,
  unreachable: 2,
  usage: 3,
  /** As a shell reports a program that a Ctrl-C ended. */
  interrupted: 130,
} as const;

/** What went wrong, in words for the operator: an entry point prints it without a stack and ends with this code. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    message: string,
    readonly exitCode: number = EXIT.refused,
  ) {
    super(message);
  }
}

/** Runs an entry point's work: a `Failure` becomes its message, anything else (a defect) keeps its stack. */
export async function runEntry(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed it; its help and version end this way too, with 0.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = error instanceof Failure ? error.exitCode : EXIT.refused;
  }
}
