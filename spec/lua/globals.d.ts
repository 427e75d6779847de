/** The part of Jest's interface that core specs use; the runner beside this file implements it for LuaJIT. */
interface Matchers {
  not: Matchers;
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toBeUndefined(): void;
  toBeDefined(): void;
  toBeGreaterThan(expected: number): void;
  toBeGreaterThanOrEqual(expected: number): void;
  toBeLessThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
  toBeCloseTo(expected: number, digits?: number): void;
  toContain(expected: unknown): void;
  toHaveLength(expected: number): void;
}

declare function describe(name: string, body: () => void): void;
declare function it(name: string, body: () => void): void;
declare function test(name: string, body: () => void): void;
declare function beforeEach(body: () => void): void;
declare function expect(actual: unknown): Matchers;
/** The command line of `luajit`. */
declare const arg: string[];
