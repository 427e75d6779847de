import type { Fallible } from "../core/fallible";
import { readGuardSettings } from "./admin-settings";
import { readAffinitySecrets } from "./affinity-settings";
import type { GivenSettings, InitOptions } from "./settings";
import { readZone } from "./zone-setting";

/** What the operator says beside the config: to `init`, in the environment, and in files that only the master may read. */
export function readGivenSettings(options: InitOptions): Fallible<GivenSettings> {
  const [guard, guardErr] = readGuardSettings(options);
  if (guard === undefined) return $multi(undefined, guardErr);
  const [affinitySecrets, secretErr] = readAffinitySecrets(options);
  if (affinitySecrets === undefined) return $multi(undefined, secretErr);
  const [zone, zoneErr] = readZone(options);
  if (zone === undefined) return $multi(undefined, zoneErr);
  return $multi({ guard, affinitySecrets, zone });
}
