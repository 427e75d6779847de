/**
 * What a function that may fail at run time returns: a value, or `undefined` and the reason.
 * It compiles to two Lua return values; a caller destructures it and must look at the second one.
 */
export type Fallible<T, E extends string = string> = LuaMultiReturn<
  [value: T, err?: undefined] | [value: undefined, err: E]
>;
