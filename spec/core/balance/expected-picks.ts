/** What a variant picks with the seeds of the conformance spec: the same in every runtime, and from one version to the next. */
export interface Expected {
  /** The first picks among `a` of weight 5, and `b` and `c` of weight 1. */
  readonly picks: string;
  /** Checksums of three days of `scenario.ts`, with the small tables. */
  readonly days: string;
}

/** By the title of the variant. Where a line is missing or wrong, the spec that fails says what was picked. */
export const EXPECTED: Readonly<Record<string, Expected>> = {
  round_robin: { picks: "a b a c a a a a b a c a a a", days: "15740 10952 32447" },
  "round_robin start=0": { picks: "a a b a c a a a a b a c a a", days: "11779 8355 10487" },
  least_conn: { picks: "a a a a b c a a a a a b c a", days: "23963 5014 22256" },
  random_two: { picks: "a a a a a b c a a a a a b c", days: "2791 16627 10596" },
  hash: { picks: "a a c b a c a a a b a a a a", days: "17698 23333 14077" },
  "hash table=ring": { picks: "a a a c a a a a b b a b a a", days: "12359 22843 16981" },
  "hash balance_factor=2": { picks: "a a c b a c a a a b a a a a", days: "7018 1659 24992" },
  peak_ewma: { picks: "a b c a a a a a a a a a b c", days: "24589 8166 27818" },
  "peak_ewma tau=500ms": { picks: "a b c a a a a a a a a a b c", days: "5843 5409 24405" },
};
