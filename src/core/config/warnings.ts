import type { Findings } from "./findings";
import type { ActiveHealthConfig, HealthConfig, Snapshot } from "./snapshot";

const DEFAULT_STATUSES = "200-399";

/** Reports what a valid document says and hardly means. */
export function warn({ upstreams }: Snapshot, warnings: Findings): void {
  for (const { name, health } of upstreams) {
    warnings.countPlace();
    warnOfHealth(["upstreams", name, "health"], health, warnings);
  }
}

function warnOfHealth(place: readonly string[], health: HealthConfig, warnings: Findings): void {
  const { passive, active, onDown } = health;
  if (passive !== undefined && passive.ejectMs > passive.maxEjectMs)
    warnings.reportAt([...place, "passive", "eject"], 'is cut to "max_eject", which is shorter');
  if (active !== undefined) warnOfProbes([...place, "active"], active, warnings);
  if (onDown !== "keep" && passive === undefined && active === undefined)
    warnings.reportAt([...place, "on_down"], 'has no effect: "passive" and "active" are off');
}

/** A probe that looks at less than the document asks for finds faults that nobody hears of. */
function warnOfProbes(place: readonly string[], active: ActiveHealthConfig, warnings: Findings): void {
  const { type, path, host, headers, expectStatus, expectBody } = active;
  const report = (field: string): void => {
    warnings.reportAt([...place, field], `has no effect on probes of the type "${type}"`);
  };
  if (type === "tcp") {
    if (path !== "/") report("path");
    if (host !== "") report("host");
    if (Object.keys(headers).length > 0) report("headers");
  }
  if (type !== "http") {
    if (expectStatus !== DEFAULT_STATUSES) report("expect_status");
    if (expectBody !== "") report("expect_body");
  }
}
