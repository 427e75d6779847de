import type { Fallible } from "../core/fallible";

/** `pcall`, typed for what a `Fallible` is in Lua: two values. */
const callFallible = pcall as unknown as <T>(
  this: void,
  body: (this: void) => Fallible<T>,
) => LuaMultiReturn<
  [isSound: true, value: T | undefined, err: string] | [isSound: false, raised: unknown, err?: undefined]
>;

/** Runs what may raise, and makes the error raised a failure like any other, behind a word on whose it is. */
export function guarded<T>(whose: string, body: (this: void) => Fallible<T>): Fallible<T> {
  const [isSound, value, err] = callFallible(body);
  if (!isSound) return $multi(undefined, `${whose}: ${tostring(value)}`);
  if (value === undefined) return $multi(undefined, err);
  return $multi(value);
}
