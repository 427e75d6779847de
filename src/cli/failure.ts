/** What went wrong, in one line for the operator: an entry point prints it without a stack and exits 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Runs an entry point's work: a `Failure` becomes its one line, anything else (a defect) keeps its stack. */
export async function runEntry(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = 1;
  }
}
