import fc from "fast-check";
import type { Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";

interface Model {
  readonly deadlines: Map<string, number>;
  readonly told: Set<string>;
  /** The places of the open sessions, by id. */
  readonly places: Map<string, number>;
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
    model.places.delete(session!.id);
    table.close(session!);
  },
  begin: (table, model, open, index, time) => {
    if (open[index]!.isOpen) return;
    table.beginHandshake(open[index]!, time);
    model.deadlines.set(open[index]!.id, time);
    // Another attempt has a deadline of its own.
    model.told.delete(open[index]!.id);
  },
  end: (table, model, open, index) => {
    table.endHandshake(open[index]!);
    model.deadlines.delete(open[index]!.id);
  },
  succeed: (table, model, open, index, time) => {
    const session = open[index]!;
    if (session.isOpen) return;
    table.markOpen(session, time);
    model.deadlines.delete(session.id);
    model.places.set(session.id, session.place);
  },
  look: (table, model, _open, _index, time) => {
    const told: string[] = [];
    table.eachLate(time, (session) => void told.push(session.id));
    const expected = [...model.deadlines]
      .filter(([id, deadline]) => deadline <= time && !model.told.has(id))
      .map(([id]) => id);
    for (const id of expected) model.told.add(id);
    expect(told.sort()).toEqual(expected.sort());
    const places = new Map<string, number>();
    table.eachOpen((session) => void places.set(session.id, session.place));
    expect(places).toEqual(model.places);
    for (const [id, place] of places) expect(table.openAt(place)!.id).toBe(id);
    expect(table.openCount()).toBe(places.size);
  },
};

it("the table does what maps of deadlines and of places do, whatever the order of the calls", () => {
  const step = fc.record({
    name: fc.constantFrom("open", "close", "begin", "begin", "end", "succeed", "look"),
    index: fc.nat(),
    time: fc.integer({ min: 1, max: 100 }),
  });
  const run = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const table = new SessionTable("");
    const model: Model = { deadlines: new Map(), told: new Set(), places: new Map() };
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
