import type { BalancerRegistry } from "../balance/registry";
import type { Pause } from "../pause";
import { document as specification } from "./fields/document";
import type { ConfigError } from "./findings";
import { Findings } from "./findings";
import type { GivenRoutes, RouteDraft, UpstreamDraft } from "./references";
import { checkConflicts, checkTargets, checkUpstreams } from "./references";
import type { Snapshot } from "./snapshot";
import { walk } from "./walker";
import { warn } from "./warnings";

export type { ConfigError } from "./findings";

export interface ConfigResult {
  /** There exactly if `errors` is empty. */
  readonly snapshot?: Snapshot;
  /** In the order of the fields in the reference, of the items in lists and of names; at most 100 and a count of the others. */
  readonly errors: readonly ConfigError[];
  /** Of a valid document: fields that are set and do nothing, or not what they seem to. */
  readonly warnings: readonly ConfigError[];
}

interface DocumentDraft {
  readonly upstreams?: readonly UpstreamDraft[];
  readonly routes?: readonly RouteDraft[];
}

/**
 * Checks a decoded JSON document and makes the snapshot of it. Whatever the document is, it answers: it never raises.
 * A document that Lua's cjson decoded and one from JSON.parse give the same result; for that, an empty object passes
 * for an empty list and the other way round.
 * @param pause called between small pieces of the work
 */
export function validate(document: unknown, registry: BalancerRegistry, pause?: Pause): ConfigResult {
  const findings = new Findings([], pause);
  const draft = walk(specification, document, findings);
  checkTogether(document, draft as DocumentDraft, registry, findings);
  if (findings.count > 0) return { errors: findings.list(), warnings: [] };
  const warnings = new Findings([], pause);
  warn(draft as Snapshot, warnings);
  return { snapshot: draft as Snapshot, errors: [], warnings: warnings.list() };
}

function checkTogether(
  document: unknown,
  draft: DocumentDraft,
  registry: BalancerRegistry,
  findings: Findings,
): void {
  const { upstreams, routes } = draft;
  const areRoutesSound = routes !== undefined && findings.isClean("/routes");
  if (upstreams !== undefined) {
    const known = checkUpstreams(upstreams, registry, findings);
    if (routes !== undefined) checkTargets(document as GivenRoutes, routes, known, findings);
  }
  if (areRoutesSound) checkConflicts(routes as Snapshot["routes"], findings);
}
