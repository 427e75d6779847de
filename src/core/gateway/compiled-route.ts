import type { RouteConfig } from "../config/snapshot";
import { compileRewrite, type Rewrite } from "../route/rewrite";
import { compileKey, type RouteKey } from "../route/route-key";
import { totalWeight } from "../route/split";

/** A route with everything that a request needs of it worked out. */
export interface CompiledRoute {
  readonly config: RouteConfig;
  /** The sum of the weights of its split. */
  readonly splitTotal: number;
  readonly rewrite: Rewrite | undefined;
  /** What its sessions hash on or are bound by. */
  readonly key: RouteKey | undefined;
}

export function compileRoute(this: void, config: RouteConfig): CompiledRoute {
  const splitTotal = totalWeight(config.split);
  const key = compileKey(config.key, config.path);
  if (config.rewrite === undefined) return { config, splitTotal, rewrite: undefined, key };
  const [rewrite] = compileRewrite(config.rewrite, config.path);
  return { config, splitTotal, rewrite, key };
}
