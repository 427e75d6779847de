import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { Change } from "../../../src/core/config/layers/change";
import { RuntimeState } from "../../../src/core/config/layers/runtime-state";
import { StateFile } from "../../../src/core/state/state-file";
import { changesOf } from "../../../src/core/state/record";
import { Death, FakeDisk } from "../support/fake-disk";
import type { Fault } from "../support/fake-disk";
import { RecordingLog } from "../support/recording-log";

const PATH = "/state/state.jsonl";

function decode(text: string): [unknown, string?] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    return [undefined, String(error)];
  }
}

function fileOn(disk: FakeDisk): StateFile {
  return new StateFile(PATH, {
    disk,
    encode: (value) => JSON.stringify(value),
    decode: decode as never,
    checksum: (text) => crc32(text),
    clock: { now: () => 1000.5 },
    log: new RecordingLog(),
  });
}

function shown(state: RuntimeState): unknown {
  return changesOf(state);
}

function peer(weight: number, id = "a"): Change {
  return { kind: "peer", upstream: "chat", peer: id, override: { fields: { weight } } };
}

function put(name: string): Change {
  const document = { upstreams: { [name]: {} } };
  return { kind: "put", document, text: JSON.stringify(document) };
}

describe("a state file", () => {
  it("keeps what was appended", () => {
    const disk = new FakeDisk();
    const file = fileOn(disk);
    expect(file.open()).toMatchObject({ isWritable: true, problem: "", seq: 0 });
    let state = new RuntimeState();
    for (const change of [put("chat"), peer(5), peer(6, "b"), peer(7)]) {
      state = state.with(change);
      expect(file.append(change, state)).toBeUndefined();
    }
    file.close();
    const again = fileOn(disk.restarted(0, false)).open();
    expect(again).toMatchObject({ isWritable: true, problem: "", seq: 4 });
    expect(shown(again.state)).toEqual(shown(state));
  });

  it("is small again after a compaction, and says the same", () => {
    const disk = new FakeDisk();
    const file = fileOn(disk);
    file.open();
    let state = new RuntimeState();
    for (let weight = 0; weight < 50; weight += 1) {
      state = state.with(peer(weight));
      file.append(peer(weight), state);
    }
    const before = disk.text(PATH)!.length;
    expect(file.compact()).toBeUndefined();
    expect(disk.text(PATH)!.length).toBeLessThan(before / 10);
    expect(file.append(peer(77, "b"), state.with(peer(77, "b")))).toBeUndefined();
    const again = fileOn(disk.restarted(0, false)).open();
    expect(shown(again.state)).toEqual(shown(state.with(peer(77, "b"))));
    expect(again.seq).toBe(51);
  });

  it("has one writer", () => {
    const disk = new FakeDisk();
    const first = fileOn(disk);
    first.open();
    first.append(peer(5), new RuntimeState().with(peer(5)));
    const second = fileOn(disk);
    const opened = second.open();
    expect(opened).toMatchObject({ isWritable: false, problem: expect.stringContaining("locked") });
    expect(shown(opened.state)).toEqual([peer(5)]);
    expect(second.append(peer(6), opened.state.with(peer(6)))).toContain("locked");
    first.close();
    expect(second.open().isWritable).toBe(true);
  });

  it("leaves out a last record with a wrong checksum, and keeps a copy", () => {
    const disk = new FakeDisk();
    const file = fileOn(disk);
    file.open();
    file.append(peer(5), new RuntimeState().with(peer(5)));
    const good = disk.text(PATH)!;
    file.close();
    disk.put(PATH, `${good}["00000000",{"seq":2,"reset":true}]\n`);
    const opened = fileOn(disk).open();
    expect(shown(opened.state)).toEqual([peer(5)]);
    expect(opened.problem).toContain("line 3: its checksum is wrong");
    expect(disk.paths()).toEqual([PATH, `${PATH}.corrupt-1000`]);
    expect(disk.text(PATH)).toBe(good);
  });

  it.each([
    ["garbage", "garbage\n", "line 1"],
    ["no line", "garbage", "line 1"],
    ["another version", lineOf('{"version":9,"seq":0}'), "version"],
    ["an unknown record", lineOf('{"version":1,"seq":0}') + lineOf('{"seq":1,"new":1}'), "line 2"],
    [
      "a bad line in the middle",
      lineOf('{"version":1,"seq":0}') + '["x"]\n' + lineOf('{"seq":1,"reset":true}'),
      "line 2",
    ],
  ])("is set aside if it holds %s", (_, text, reason) => {
    const disk = new FakeDisk();
    disk.put(PATH, text);
    const opened = fileOn(disk).open();
    expect(opened).toMatchObject({ isWritable: true, problem: expect.stringContaining(reason) });
    expect(shown(opened.state)).toEqual([]);
    expect(disk.text(`${PATH}.corrupt-1000`)).toBe(text);
    expect(fileOn(disk.restarted(0, false)).open().problem).toBe("");
  });

  it("never raises, whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json().map(lineOf), fc.string())), (lines) => {
        const disk = new FakeDisk();
        disk.put(PATH, [lineOf('{"version":1,"seq":0}'), ...lines].join(""));
        fileOn(disk).open();
      }),
    );
  });
});

function lineOf(record: string): string {
  return `["${crc32(record).toString(16).padStart(8, "0")}",${record}]\n`;
}

const change = fc.oneof(
  fc.tuple(fc.nat(9), fc.constantFrom("a", "b", "c")).map(([weight, id]) => peer(weight, id)),
  fc.constantFrom("chat", "room").map(put),
  fc.constant<Change>({ kind: "reset" }),
  fc.constant<Change>({ kind: "route", route: "r", override: { config: { id: "r" }, added: true } }),
);
const step = fc.oneof(
  { weight: 8, arbitrary: change.map((made) => ({ kind: "append" as const, made })) },
  { weight: 2, arbitrary: change.map((made) => ({ kind: "undo" as const, made })) },
  { weight: 1, arbitrary: fc.constant({ kind: "compact" as const, made: put("x") }) },
);

describe("a state file on a disk with faults", () => {
  it("holds exactly what was answered", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.nat(60),
        fc.constantFrom<Fault>("fail", "die", "die after"),
        fc.integer({ min: 1, max: 2 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (steps, faultAt, fault, faults, kept, areNamesKept) => {
          const disk = new FakeDisk();
          Object.assign(disk, { faultAt, fault, faults });
          let answered = new RuntimeState();
          /** What a death leaves open: it was asked for, and nobody was answered. */
          let pending: RuntimeState | undefined;
          try {
            const file = fileOn(disk);
            file.open();
            for (const { kind, made } of steps) {
              if (kind === "compact") file.compact();
              else {
                const after = answered.with(made);
                pending = after;
                const err = file.append(made, after);
                if (err === undefined && kind === "append") answered = after;
                else if (err === undefined && file.undoLast() !== undefined) return;
                pending = undefined;
              }
            }
          } catch (error) {
            if (!(error instanceof Death)) throw error;
          }
          // A refusal that could neither be cut off nor be written anew is told as such; two faults at once can do that.
          if (fault === "fail" && faults > 1) return;
          const opened = fileOn(disk.restarted(kept, areNamesKept)).open();
          const found = JSON.stringify(shown(opened.state));
          const allowed = [answered, ...(pending === undefined ? [] : [pending])];
          expect(allowed.map((state) => JSON.stringify(shown(state)))).toContain(found);
          expect(opened.isWritable).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
