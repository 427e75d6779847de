/** One thing that is wrong with a scenario. */
export interface ScenarioError {
  /** RFC 6901: the place in the file. */
  readonly pointer: string;
  readonly message: string;
}

/** A scenario that cannot be run, with everything that is wrong with it. */
export class BadScenario extends Error {
  override readonly name = "BadScenario";

  constructor(readonly findings: readonly ScenarioError[]) {
    super(findings.map(({ pointer, message }) => `${pointer === "" ? "/" : pointer}: ${message}`).join("\n"));
  }
}
