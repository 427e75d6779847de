import { workerGenerations } from "../../src/admin/worker-generations";

it("workers are shown by the start or reload they come from, the newest first", () => {
  const shown = workerGenerations([
    { cycle: 3, sessions: 4, isExiting: true },
    { cycle: 12, sessions: 10, isExiting: false },
    { cycle: 3, sessions: 3, isExiting: true },
    { cycle: 12, sessions: 20, isExiting: false },
    { cycle: 4, sessions: 1, isExiting: true },
    { cycle: 5, sessions: 0, isExiting: true },
  ]);
  expect(shown).toEqual([
    { generation: 12, workers: 2, sessions: 30, exiting: false, why: "" },
    {
      generation: 5,
      workers: 1,
      sessions: 0,
      exiting: true,
      why: "the last session has ended, and the workers are about to exit",
    },
    { generation: 4, workers: 1, sessions: 1, exiting: true, why: "1 session is open since before a reload" },
    {
      generation: 3,
      workers: 2,
      sessions: 7,
      exiting: true,
      why: "7 sessions are open since before a reload",
    },
  ]);
});

it("old workers that do not know yet that they exit are told by the newer ones", () => {
  const shown = workerGenerations([
    { cycle: 1, sessions: 2, isExiting: false },
    { cycle: 2, sessions: 0, isExiting: false },
  ]);
  expect(shown.map(({ generation, exiting }) => [generation, exiting])).toEqual([
    [2, false],
    [1, true],
  ]);
});

it("workers of the newest generation that exit are those of an nginx that ends", () => {
  const [shown] = workerGenerations([{ cycle: 1, sessions: 2, isExiting: true }]);
  expect([shown!.exiting, shown!.why]).toEqual([true, "nginx is shutting down"]);
});
