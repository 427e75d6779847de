import { targetOf } from "../../../src/cli/commands/look";
import { parsePeerName } from "../../../src/cli/client/paths";
import { formatBytes, formatRate } from "../../../src/cli/output/amounts";
import { differences } from "../../../src/cli/output/differences";
import { describeEvent } from "../../../src/cli/output/event";
import { renderStatus } from "../../../src/cli/output/status";
import { PLAIN, printable, styleOf } from "../../../src/cli/output/style";
import { PagedTable, renderTable } from "../../../src/cli/output/table";
import type { Column } from "../../../src/cli/output/table";

describe("a table", () => {
  const columns: readonly Column<[string, number]>[] = [
    { title: "NAME", show: ([name]) => name },
    { title: "N", isNumber: true, show: ([, n]) => n },
  ];

  it("has plain lines for anything but a terminal", () => {
    expect(
      renderTable(
        columns,
        [
          ["", 1],
          ["b\n", 23],
        ],
        PLAIN,
      ),
    ).toBe("NAME    N\n-       1\nb\\x0a  23\n");
  });

  it("keeps its head and its widths over pages of lines", () => {
    const table = new PagedTable(columns, PLAIN);
    expect(table.page([["a long name", 1]])).toBe("NAME         N\na long name  1\n");
    expect(table.page([["b", 2]])).toBe("b            2\n");
    expect(table.page([])).toBe("");
  });

  it("takes 10,000 rows in a moment", () => {
    const rows = Array.from({ length: 10_000 }, (_, at): [string, number] => [`peer-${at}`, at]);
    const before = process.cpuUsage();
    expect(renderTable(columns, rows, PLAIN).split("\n")).toHaveLength(10_002);
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });
});

describe("colours", () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, {}, false],
  ])("terminal %j, environment %j: %j", (isTTY, environment, expected) => {
    expect(styleOf({ isTTY }, environment).hasColours).toBe(expected);
  });

  it("control characters of others reach no terminal", () => {
    expect(printable("a\u001b[31m\u009bb\tü")).toBe("a\\x1b[31m\\x9bb\\x09ü");
  });
});

describe("differences of two documents", () => {
  it.each([
    ["the same in another order of fields", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [
      "peers by their id",
      { p: [{ id: "a", w: 1 }, { id: "b" }] },
      { p: [{ id: "a", w: 2 }, { id: "b" }] },
      ["/p/a/w: 1 2"],
    ],
    [
      "peers by their address",
      [{ address: "x:1" }],
      [{ address: "x:1" }, { address: "x:2" }],
      ['/x:2: undefined {"address":"x:2"}'],
    ],
    [
      "another order of peers",
      [{ id: "a" }, { id: "b" }],
      [{ id: "b" }, { id: "a" }],
      [': "in the order a, b" "in the order b, a"'],
    ],
    ["lists of values as a whole", { h: ["a"] }, { h: ["a", "b"] }, ['/h: ["a"] ["a","b"]']],
    [
      "ids that are there twice as a whole",
      [{ id: "a" }],
      [{ id: "a" }, { id: "a" }],
      [': [{"id":"a"}] [{"id":"a"},{"id":"a"}]'],
    ],
    ["an empty list that gets elements", { p: [] }, { p: [{ id: "a" }] }, ['/p/a: undefined {"id":"a"}']],
    ["slashes in names", { "a/b~": 1 }, { "a/b~": 2 }, ["/a~1b~0: 1 2"]],
    ["a value and an object", { a: "x" }, { a: { type: "x" } }, ['/a: "x" {"type":"x"}']],
    ["null and nothing", { a: null }, {}, ["/a: null undefined"]],
    ["false and 0", { a: false }, { a: 0 }, ["/a: false 0"]],
    [
      "names that objects have by themselves",
      {},
      JSON.parse('{"__proto__": 1, "constructor": 2}') as unknown,
      ["/__proto__: undefined 1", "/constructor: undefined 2"],
    ],
  ])("%s", (_name, before, after, expected) => {
    const found = differences(before, after).map(
      (one) => `${one.pointer}: ${JSON.stringify(one.before)} ${JSON.stringify(one.after)}`,
    );
    expect(found).toEqual(expected);
  });
});

describe("amounts", () => {
  it.each([
    [0, "0B"],
    [999, "999B"],
    [1_000, "1.0kB"],
    [9_940, "9.9kB"],
    [9_960, "10kB"],
    [999_499, "999kB"],
    [999_500, "1.0MB"],
    [5e15, "5.0PB"],
    [5e18, "5000PB"],
  ])("%d bytes: %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [0.44, "0.4"],
    [12.4, "12"],
  ])("%d a second: %s", (rate, text) => expect(formatRate(rate)).toBe(text));
});

it("the status ends with what is wrong", () => {
  const text = renderStatus(
    {
      version: "1",
      generation: 2,
      workers: 3,
      leader: 0,
      config_error: "/routes: missing",
      file_shadowed: true,
      dropped_overrides: ["chat/a: no longer there"],
      uncounted: 4,
    },
    PLAIN,
  );
  expect(text).toBe(
    "version     1\ngeneration  2\nworkers     3\nleader      none\n" +
      "the configuration file is not in use: /routes: missing\n" +
      "no process leads: nothing can be changed\n" +
      "the file is shadowed by a document that was put at run time\n" +
      "dropped override: chat/a: no longer there\n" +
      "4 sessions are not counted: the zone is full\n",
  );
});

describe("the status counts the peers that are down", () => {
  const linesWith = (peers_down: number): string[] =>
    renderStatus({ version: "1", generation: 2, workers: 3, totals: { peers: 9, peers_down } }, PLAIN)
      .trimEnd()
      .split("\n")
      .slice(-2);

  it.each([
    [0, ["peers       9", "peers_down  0"]],
    [1, ["peers_down  1", "1 peer is down"]],
    [2, ["peers_down  2", "2 peers are down"]],
  ])("%d", (down, lines) => expect(linesWith(down)).toEqual(lines));
});

it("an event is a line", () => {
  const fields = { id: 1, type: "peer", time: "T", peer: "unix:/a", why: "two words", n: 0, no: null };
  expect(describeEvent("peer", fields, PLAIN)).toBe('T peer    peer=unix:/a why="two words" n=0 no=null');
});

it("an event of health has the colour of what the peer has become", () => {
  const style = { ...PLAIN, hasColours: true };
  const colourOf = (to: string): string | undefined =>
    /\u001b\[(\d+)m/.exec(describeEvent("health", { to }, style))?.[1];
  const colours = ["up", "down", "trial", "others"].map(colourOf);
  expect(new Set(colours).size).toBe(3);
  expect(colours[2]).toBe(colours[3]);
});

it("a peer is named by upstream and the rest", () => {
  expect(parsePeerName("chat/unix:/a/b")).toEqual({ upstream: "chat", peer: "unix:/a/b" });
  for (const bad of ["chat", "chat/", "/a", ""]) expect(() => parsePeerName(bad)).toThrow("names no peer");
});

it.each([
  ["wss://chat.example.com/rooms/1?x=1#y", { host: "chat.example.com", path: "/rooms/1?x=1" }],
  ["chat.example.com", { host: "chat.example.com", path: "/" }],
  ["ws://[::1]:80?x=1", { host: "[::1]:80", path: "/?x=1" }],
  ["/rooms//%2e", { host: undefined, path: "/rooms//%2e" }],
])("the target of %s", (url, target) => expect(targetOf(url)).toEqual(target));
