import { isEqual } from "./equality";
import type { Snapshot, UpstreamConfig } from "./snapshot";

export interface SnapshotDiff {
  /** Names of those that were added or are no longer the same. */
  readonly upstreamsChanged: readonly string[];
  readonly upstreamsRemoved: readonly string[];
  readonly isRoutesChanged: boolean;
  readonly isResolverChanged: boolean;
}

const NO_UPSTREAMS: readonly UpstreamConfig[] = [];

/** What a snapshot changes of the one before it; of nothing, if there was none. */
export function diff(before: Snapshot | undefined, after: Snapshot): SnapshotDiff {
  const remaining = new LuaMap<string, UpstreamConfig>();
  for (const upstream of before?.upstreams ?? NO_UPSTREAMS) remaining.set(upstream.name, upstream);
  const upstreamsChanged: string[] = [];
  for (const upstream of after.upstreams) {
    if (!isEqual(remaining.get(upstream.name), upstream)) upstreamsChanged.push(upstream.name);
    remaining.delete(upstream.name);
  }
  const upstreamsRemoved: string[] = [];
  for (const { name } of before?.upstreams ?? NO_UPSTREAMS) {
    if (remaining.has(name)) upstreamsRemoved.push(name);
  }
  return {
    upstreamsChanged,
    upstreamsRemoved,
    isRoutesChanged: !isEqual(before?.routes, after.routes),
    isResolverChanged: !isEqual(before?.resolver, after.resolver),
  };
}
