import type { WorkerGeneration } from "./world";
/** What a worker process says about itself. */
export interface WorkerState {
  /** Which start or reload of nginx it comes from: a later one is higher. */
  readonly cycle: number;
  readonly sessions: number;
  readonly isExiting: boolean;
}

/** The newest first. */
export function workerGenerations(workers: readonly WorkerState[]): readonly WorkerGeneration[] {
  const cycles: number[] = [];
  for (const { cycle } of workers) if (!cycles.includes(cycle)) cycles.push(cycle);
  cycles.sort((a, b) => b - a);
  return cycles.map((cycle) =>
    summary(
      workers.filter((worker) => worker.cycle === cycle),
      cycle,
      cycle === cycles[0],
    ),
  );
}

function summary(workers: readonly WorkerState[], generation: number, isNewest: boolean): WorkerGeneration {
  let sessions = 0;
  let isExiting = !isNewest;
  for (const worker of workers) {
    sessions += worker.sessions;
    isExiting = isExiting || worker.isExiting;
  }
  const why = !isExiting ? "" : isNewest ? "nginx is shutting down" : reason(sessions);
  return { generation, workers: workers.length, sessions, exiting: isExiting, why };
}

function reason(sessions: number): string {
  if (sessions === 0) return "the last session has ended, and the workers are about to exit";
  return sessions === 1
    ? "1 session is open since before a reload"
    : `${sessions} sessions are open since before a reload`;
}
