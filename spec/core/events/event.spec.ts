import {
  describeEvent,
  EVENT_LIMIT_BYTES,
  readEvent,
  type EventData,
  type EventHead,
} from "../../../src/core/events/event";

const HEAD: EventHead = { type: "config", number: 7, time: 1.5, generation: 3 };

/** JSON of one flat record, its fields in the order of their names; what is not ASCII grows as an encoder may make it grow. */
function encode(this: void, value: unknown): string {
  const record = value as Record<string, string | number | boolean>;
  const fields: string[] = [];
  for (const key in record) {
    const field = record[key]!;
    fields.push(`"${key}":${typeof field === "string" ? `"${field.split("!").join("\\u0021")}"` : field}`);
  }
  return `{${fields.sort().join(",")}}`;
}

function describeData(data: EventData): string {
  return describeEvent(HEAD, data, encode);
}

describe("an event", () => {
  it("has its type, id, time and generation beside its data", () => {
    const [type, json] = readEvent(describeData({ result: "applied", reason: undefined }));
    expect(type).toBe("config");
    expect(json).toBe(
      '{"id":7,"type":"config","time":"1970-01-01T00:00:01.500Z","generation":3,"result":"applied"}',
    );
  });

  it("keeps a text of 512 bytes, and cuts a longer one", () => {
    expect(describeData({ reason: "x".repeat(512) })).toContain(`"${"x".repeat(512)}"`);
    expect(describeData({ reason: "x".repeat(513) })).toContain(`"${"x".repeat(512)}..."`);
  });

  it("is never longer than its limit, however many texts there are and whatever they grow to", () => {
    const long = "!".repeat(600);
    for (const data of [{ a: long }, { a: long, b: long }, { a: long, b: long, c: long, d: long }]) {
      expect(describeData(data).length <= EVENT_LIMIT_BYTES).toBe(true);
    }
  });

  it("loses its data rather than grow beyond the limit", () => {
    const data: Record<string, string> = {};
    for (const nth of $range(1, 300)) data[`field${nth}`] = "x";
    expect(describeData(data)).toBe(
      'config {"id":7,"type":"config","time":"1970-01-01T00:00:01.500Z","generation":3}',
    );
  });

  it("is not cut within a character", () => {
    // One character of two bytes, as a string of bytes.
    const wide = String.fromCharCode(0xc3, 0xa4);
    expect(describeData({ reason: `x${wide.repeat(300)}` })).toContain(`"x${wide.repeat(255)}..."`);
  });
});
