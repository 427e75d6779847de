/** Codes of a Close that are told apart, as RFC 6455 and its registry have them; 1005: a Close without one. */
const CODES = [
  "1000",
  "1001",
  "1002",
  "1003",
  "1005",
  "1007",
  "1008",
  "1009",
  "1010",
  "1011",
  "1012",
  "1013",
  "1014",
  "3xxx",
  "4xxx",
  "other",
] as const;

const CLIENT = "client:close_";
const UPSTREAM = "upstream:close_";

/** What ends sessions in relay mode only, as in the access log, but with codes in classes where applications choose them. */
export const RELAY_CLOSES: readonly string[] = [
  ...CODES.map((code) => CLIENT + code),
  ...CODES.map((code) => UPSTREAM + code),
  "gateway:exiting",
  "gateway:protocol_error",
  "gateway:too_big",
  "gateway:too_many",
  "gateway:max_age",
  "upstream:gone",
];

const PLACES = new LuaMap<string, number>();
for (const place of $range(0, RELAY_CLOSES.length - 1)) PLACES.set(RELAY_CLOSES[place]!, place);

/** The place among `RELAY_CLOSES`; `undefined` for what is none of them. @param outcome as in the access log */
export function relayClosePlace(outcome: string): number | undefined {
  const known = PLACES.get(outcome);
  if (known !== undefined) return known;
  if (outcome.startsWith(CLIENT)) return placeOfClass(CLIENT, outcome);
  return outcome.startsWith(UPSTREAM) ? placeOfClass(UPSTREAM, outcome) : undefined;
}

function placeOfClass(side: string, outcome: string): number {
  const code = Number(outcome.substring(side.length));
  let name = "other";
  if (code >= 3000 && code < 4000) name = "3xxx";
  else if (code >= 4000 && code < 5000) name = "4xxx";
  return PLACES.get(side + name)!;
}
