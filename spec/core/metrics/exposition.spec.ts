import { Exposition, joined, label } from "../../../src/core/metrics/exposition";

let text = "";
let writes = 0;
let pauses = 0;
let out: Exposition;

beforeEach(() => {
  text = "";
  writes = 0;
  pauses = 0;
  out = new Exposition({
    write: (lines) => {
      text += lines.join("");
      writes += 1;
    },
    pause: () => {
      pauses += 1;
    },
  });
});

describe("the text format", () => {
  it("has help and type before the series of a name", () => {
    out.begin("things_total", "counter", "Things.");
    out.sample("", 3);
    out.sample(joined(label("a", "x"), label("b", "y")), 0.25);
    out.end();
    expect(text).toBe(
      '# HELP things_total Things.\n# TYPE things_total counter\nthings_total 3\nthings_total{a="x",b="y"} 0.25\n',
    );
  });

  it("escapes what would end a label", () => {
    expect(label("peer", 'a"b\\c\nd')).toBe('peer="a\\"b\\\\c\\nd"');
    expect(label("peer", "unix:/run/a.sock")).toBe('peer="unix:/run/a.sock"');
  });

  it("has the buckets of a histogram add up", () => {
    const numbers = [1.5, 2, 0, 3];
    out.begin("time_seconds", "histogram", "Time.");
    out.histogram(label("u", "x"), [0.5, 1], 0, (place) => numbers[place]!);
    out.end();
    expect(text).toContain(
      'time_seconds_bucket{u="x",le="0.5"} 2\ntime_seconds_bucket{u="x",le="1"} 2\ntime_seconds_bucket{u="x",le="+Inf"} 5\n',
    );
    expect(text).toContain('time_seconds_sum{u="x"} 1.5\ntime_seconds_count{u="x"} 5\n');
  });

  it("leaves in pieces, with a pause after each", () => {
    out.begin("things", "gauge", "Things.");
    for (const value of $range(1, 1000)) out.sample("", value);
    expect(writes).toBe(7);
    expect(pauses).toBe(7);
    out.end();
    expect(writes).toBe(8);
  });
});
