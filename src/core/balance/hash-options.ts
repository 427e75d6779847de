/** How many keys are moved and how much memory is taken: see the tables. */
export interface HashOptions {
  readonly table: "maglev" | "ring";
  /** 0: no bound. */
  readonly balanceFactor: number;
  readonly tableSize: number;
  readonly points: number;
}

type Given = Readonly<Record<string, unknown>>;

const NAMES = ["table", "balance_factor", "table_size", "points"];

const MIN_TABLE_SIZE = 251;
const MAX_TABLE_SIZE = 655_373;
const MAX_POINTS_PER_WEIGHT = 1000;

/** What validated options mean. */
export function readHashOptions(given: Given): HashOptions {
  return {
    table: given["table"] === "ring" ? "ring" : "maglev",
    balanceFactor: numberOr(given["balance_factor"], 1.25),
    tableSize: numberOr(given["table_size"], 65_537),
    points: numberOr(given["points"], 160),
  };
}

/** Says what is wrong with them; `undefined` if nothing is. */
export function checkHashOptions(given: Given): string | undefined {
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name))
      return `hash has no option "${name}"; it takes "table", "balance_factor", "table_size" (maglev) and "points" (ring)`;
  }
  const table = given["table"];
  if (table !== undefined && table !== "maglev" && table !== "ring")
    return '"table" must be "maglev" or "ring"';
  if (table === "ring" && given["table_size"] !== undefined)
    return '"table_size" is for "table": "maglev"; a ring takes "points"';
  if (table !== "ring" && given["points"] !== undefined)
    return '"points" is for "table": "ring"; maglev takes "table_size"';
  return checkNumbers(given);
}

function checkNumbers(given: Given): string | undefined {
  const factor = given["balance_factor"];
  if (factor !== undefined && factor !== 0 && !isFrom(factor, 1, Infinity))
    return '"balance_factor" must be a number of at least 1 (1.25: nobody has more than 125 % of its share), or 0 for no bound';
  const size = given["table_size"];
  if (size !== undefined && !(isFrom(size, MIN_TABLE_SIZE, MAX_TABLE_SIZE) && isPrime(size)))
    return `"table_size" must be a prime number from ${MIN_TABLE_SIZE} to ${MAX_TABLE_SIZE}, such as 65537`;
  const points = given["points"];
  if (points !== undefined && !(isFrom(points, 1, MAX_POINTS_PER_WEIGHT) && points % 1 === 0))
    return `"points" must be a whole number from 1 to ${MAX_POINTS_PER_WEIGHT}: those of a peer of weight 1`;
  return undefined;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function isFrom(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

function isPrime(value: number): boolean {
  if (value % 1 !== 0 || value < 2) return false;
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}
