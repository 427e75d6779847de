import { answerText, type AdminAnswer } from "./answer";
import { listText, withField } from "./json-text";
import type { AdminWorld } from "./world";

export function showStatus(world: AdminWorld): AdminAnswer {
  const status = world.status();
  const text = world.encode({
    version: status.version,
    generation: status.generation,
    workers: status.workers,
    totals: totals(world),
    leader: status.leaderPid,
    config_error: status.configError,
    last_reload_error: status.lastReloadError,
    state_error: status.stateError,
    file_shadowed: status.isFileShadowed,
    overrides: status.overrides,
    uncounted: status.uncounted,
    unlisted: status.unlisted,
  });
  const generations = status.workerGenerations.map((generation) => world.encode(generation));
  const dropped = status.droppedOverrides.map((override) => world.encode(override));
  return answerText(
    200,
    withField(
      withField(text, "worker_generations", listText(generations)),
      "dropped_overrides",
      listText(dropped),
    ),
  );
}

function totals(world: AdminWorld): Record<string, number> {
  const names = world.upstreamNames();
  let sessions = 0;
  let peers = 0;
  let down = 0;
  for (const name of names) {
    const pool = world.upstream(name);
    if (pool !== undefined) {
      for (const peer of pool.peers) {
        sessions += pool.active(peer);
        peers += 1;
        if (!peer.isUp) down += 1;
      }
      for (const peer of world.removedPeers(pool)) sessions += pool.active(peer);
      world.pause();
    }
  }
  let routes = 0;
  for (const chunk of world.routes()) routes += chunk.length;
  return { sessions, upstreams: names.length, peers, peers_down: down, routes };
}
