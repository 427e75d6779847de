/**
 * Runs compiled specs under LuaJIT: `luajit runner.lua FILE...` with `LUA_PATH` reaching the build. It prints one line
 * per failure and a summary, and exits 1 if anything failed or nothing ran.
 */
interface Suite {
  readonly name: string;
  readonly before: (() => void)[];
}

let suites: Suite[] = [];
let passed = 0;
const failures: string[] = [];

function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return string.format("%q", value);
  if (type(value) !== "table") return tostring(value);
  if (depth > 4) return "{...}";
  const parts: string[] = [];
  for (const [key, item] of pairs(value as Record<string, unknown>))
    parts.push(`${tostring(key)}=${show(item, depth + 1)}`);
  table.sort(parts);
  return `{${parts.join(", ")}}`;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  if (type(a) !== "table" || type(b) !== "table") return false;
  const left = a as LuaTable;
  const right = b as LuaTable;
  for (const [key, value] of pairs(left)) if (!isEqual(value, right.get(key))) return false;
  for (const [key] of pairs(right)) if (left.get(key) === undefined) return false;
  return true;
}

class Expectation {
  constructor(
    private readonly actual: unknown,
    private readonly isNegated = false,
  ) {
    if (!isNegated) this.not = new Expectation(actual, true);
  }
  not: Expectation = this;

  private check(holds: boolean, relation: string, expected?: unknown): void {
    if (holds === this.isNegated) {
      error(
        `expected ${show(this.actual)}${this.isNegated ? " not" : ""} ${relation} ${expected === undefined ? "" : show(expected)}`,
        3,
      );
    }
  }
  toBe(expected: unknown): void {
    this.check(
      this.actual === expected || (this.actual !== this.actual && expected !== expected),
      "to be",
      expected,
    );
  }
  toEqual(expected: unknown): void {
    this.check(isEqual(this.actual, expected), "to equal", expected);
  }
  toBeUndefined(): void {
    this.check(this.actual === undefined, "to be undefined");
  }
  toBeDefined(): void {
    this.check(this.actual !== undefined, "to be defined");
  }
  toBeGreaterThan(expected: number): void {
    this.check((this.actual as number) > expected, "to be greater than", expected);
  }
  toBeGreaterThanOrEqual(expected: number): void {
    this.check((this.actual as number) >= expected, "to be at least", expected);
  }
  toBeLessThan(expected: number): void {
    this.check((this.actual as number) < expected, "to be less than", expected);
  }
  toBeLessThanOrEqual(expected: number): void {
    this.check((this.actual as number) <= expected, "to be at most", expected);
  }
  toBeCloseTo(expected: number, digits = 2): void {
    this.check(math.abs((this.actual as number) - expected) < 10 ** -digits / 2, "to be close to", expected);
  }
  toContain(expected: unknown): void {
    const actual = this.actual as string | unknown[];
    const found =
      typeof actual === "string" ? actual.includes(expected as string) : actual.includes(expected);
    this.check(found, "to contain", expected);
  }
  toHaveLength(expected: number): void {
    this.check((this.actual as unknown[]).length === expected, "to have length", expected);
  }
}

function runTest(name: string, body: () => void): void {
  const path = `${suites.map((suite) => suite.name).join(" > ")} > ${name}`;
  const [ok, trace] = xpcall(() => {
    for (const suite of suites) for (const before of suite.before) before();
    body();
  }, debug.traceback);
  if (ok) passed += 1;
  else failures.push(`${path}\n  ${tostring(trace)}`);
}

const shim = _G as unknown as Record<string, unknown>;
shim["describe"] = (name: string, body: () => void) => {
  const outer = suites;
  suites = [...outer, { name, before: [] }];
  body();
  suites = outer;
};
shim["it"] = runTest;
shim["test"] = runTest;
shim["beforeEach"] = (body: () => void) => {
  suites[suites.length - 1]!.before.push(body);
};
shim["expect"] = (actual: unknown) => new Expectation(actual);

for (const file of arg) {
  suites = [{ name: file, before: [] }];
  const [chunk, err] = loadfile(file);
  if (chunk === undefined) failures.push(`${file}: ${err}`);
  else {
    const [ok, trace] = xpcall(chunk, debug.traceback);
    if (!ok) failures.push(`${file}: ${tostring(trace)}`);
  }
}
for (const failure of failures) print(`FAIL ${failure}`);
print(`${passed} passed, ${failures.length} failed`);
os.exit(failures.length === 0 && passed > 0 ? 0 : 1);
