import fc from "fast-check";
import type { Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";

interface Model {
  readonly deadlines: Map<string, number>;
  readonly told: Set<string>;
}

/** A step on the table and on the model; `index` chooses among the open sessions. */
type Step = (table: SessionTable, model: Model, open: Session[], index: number, time: number) => void;

let requests = 0;

const STEPS: Readonly<Record<string, Step>> = {
  open: (table, _model, open) => {
    requests += 1;
    open.push(table.open(requests));
  },
  close: (table, model, open, index) => {
    const [session] = open.splice(index, 1);
    model.deadlines.delete(session!.id);
    model.told.delete(session!.id);
    table.close(session!);
  },
  begin: (table, model, open, index, time) => {
    table.beginHandshake(open[index]!, time);
    model.deadlines.set(open[index]!.id, time);
  },
  end: (table, model, open, index) => {
    table.endHandshake(open[index]!);
    model.deadlines.delete(open[index]!.id);
  },
  look: (table, model, _open, _index, time) => {
    const told: string[] = [];
    table.eachLate(time, (session) => void told.push(session.id));
    const expected = [...model.deadlines]
      .filter(([id, deadline]) => deadline <= time && !model.told.has(id))
      .map(([id]) => id);
    for (const id of expected) model.told.add(id);
    expect(told.sort()).toEqual(expected.sort());
  },
};

it("the list of handshakes does what a map of deadlines does, whatever the order of the calls", () => {
  const step = fc.record({
    name: fc.constantFrom("open", "close", "begin", "begin", "end", "look"),
    index: fc.nat(),
    time: fc.integer({ min: 1, max: 100 }),
  });
  const run = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const table = new SessionTable("");
    const model: Model = { deadlines: new Map(), told: new Set() };
    const open: Session[] = [];
    for (const { name, index, time } of steps) {
      if (name === "open" || name === "look" || open.length > 0) {
        STEPS[name]!(table, model, open, index % Math.max(1, open.length), time);
      }
      expect(table.size).toBe(open.length);
    }
    STEPS["look"]!(table, model, open, 0, 1000);
  });
  fc.assert(run, { numRuns: 300 });
});
