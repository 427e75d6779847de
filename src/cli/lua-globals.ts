/**
 * What TSTL erases at compile time, for running `core` in Node: `$multi` makes the tuple that the caller destructures,
 * `$range` counts, `LuaMap` and `LuaSet` are the native collections. Import it before anything of `core`.
 */
class NodeLuaMap<K, V> extends Map<K, V> {}
class NodeLuaSet<K> extends Set<K> {}

function* range(start: number, limit: number, step = 1): Generator<number> {
  for (let value = start; step > 0 ? value <= limit : value >= limit; value += step) yield value;
}

Object.assign(globalThis, {
  $multi: (...values: unknown[]) => values,
  $range: range,
  LuaMap: NodeLuaMap,
  LuaSet: NodeLuaSet,
});
