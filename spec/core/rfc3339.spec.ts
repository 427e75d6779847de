import { toRfc3339 } from "../../src/core/rfc3339";

const TIMES: readonly (readonly [time: number, text: string])[] = [
  [0, "1970-01-01T00:00:00.000Z"],
  [951782399.999, "2000-02-28T23:59:59.999Z"],
  [951782400, "2000-02-29T00:00:00.000Z"],
  [951868800, "2000-03-01T00:00:00.000Z"],
  [1709164800.042, "2024-02-29T00:00:00.042Z"],
  [1767225599.9996, "2026-01-01T00:00:00.000Z"],
  [1792312509.101, "2026-10-18T08:35:09.101Z"],
  [4107542400, "2100-03-01T00:00:00.000Z"],
];

test("seconds since the epoch as date and time", () => {
  for (const [time, text] of TIMES) expect(toRfc3339(time)).toBe(text);
});
