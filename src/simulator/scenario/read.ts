import Ajv2020, { type ErrorObject } from "ajv/dist/2020";
import { BadScenario, type ScenarioError } from "./errors";
import type { Scenario } from "./scenario";
import { scenarioSchema } from "./schema";

const accepts = new Ajv2020({
  allErrors: true,
  discriminator: true,
  useDefaults: true,
  allowUnionTypes: true,
}).compile<Scenario>(scenarioSchema);

/**
 * A decoded scenario with its defaults filled in.
 * @throws BadScenario
 */
export function readScenario(document: unknown): Scenario {
  const scenario: unknown = structuredClone(document);
  if (!accepts(scenario)) throw new BadScenario(describe(accepts.errors ?? []));
  const errors = checkTogether(scenario);
  if (errors.length > 0) throw new BadScenario(errors);
  return scenario;
}

function checkTogether(scenario: Scenario): ScenarioError[] {
  const errors: ScenarioError[] = [];
  const { duration_s: durationS, warmup_s: warmupS, sample_s: sampleS, arrivals, events } = scenario;
  if (warmupS >= durationS) errors.push({ pointer: "/warmup_s", message: "must be less than duration_s" });
  if (sampleS > durationS) errors.push({ pointer: "/sample_s", message: "must be at most duration_s" });
  arrivals.phases.forEach((phase, index) => {
    const pointer = `/arrivals/phases/${index}`;
    const isLast = index === arrivals.phases.length - 1;
    if (!isLast && phase.for_s === undefined)
      errors.push({ pointer, message: 'needs "for_s": only the last phase may go on to the end' });
    if (phase.to_rate !== undefined && phase.for_s === undefined)
      errors.push({ pointer, message: 'needs "for_s" to reach "to_rate" in' });
  });
  events.forEach((event, index) => {
    if (event.at_s > durationS)
      errors.push({ pointer: `/events/${index}/at_s`, message: "must be at most duration_s" });
  });
  return errors;
}

/** Of a choice only what is wrong with the alternative that was meant is said. */
function describe(errors: readonly ErrorObject[]): ScenarioError[] {
  return errors
    .filter(({ keyword }) => keyword !== "if" && keyword !== "anyOf" && keyword !== "oneOf")
    .map((error) => ({ pointer: error.instancePath, message: messageOf(error) }));
}

function messageOf({ keyword, params, message }: ErrorObject): string {
  const named = params as Readonly<Record<string, unknown>>;
  if (keyword === "additionalProperties")
    return `has an unknown field "${String(named["additionalProperty"])}"`;
  if (keyword === "required") return `needs the field "${String(named["missingProperty"])}"`;
  if (keyword === "enum") return `must be one of ${(named["allowedValues"] as unknown[]).join(", ")}`;
  if (keyword === "const") return `must be ${JSON.stringify(named["allowedValue"])}`;
  if (keyword === "discriminator")
    return `has an unknown "${String(named["tag"])}": ${JSON.stringify(named["tagValue"])}`;
  return message ?? keyword;
}
