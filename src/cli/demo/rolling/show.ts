import { AdminClient } from "../../client/admin-client";
import { parseEndpoint } from "../../client/endpoint";
import { Failure } from "../../failure";
import type { Nginx } from "../../nginx/find";
import { count } from "../../output/amounts";
import { adminAddress, gatewayUrl, startGateway } from "../gateway";
import type { DemoOptions } from "../options";
import type { Running } from "../running";
import { Board } from "./board";
import { Crowd } from "./crowd";
import type { Summary } from "./crowd";
import { RestartableBackend } from "./restartable-backend";
import { restartOneByOne } from "./restart";

const UPSTREAM = "chat";
const NAMES = "abcdefghijklmnopqrstuvwxyz";
const OWN_EVERY_MS = 500;
const PIECES = 3;
const TALK = { everyMs: 200, largestBytes: 1_000_000, pieces: PIECES };
const EMPTY_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 30_000;
const ADMIN_TIMEOUT_MS = 10_000;
const SPREAD = "1s";

/**
 * Restarts every backend, one after the other, while clients talk through the gateway, and shows what they notice.
 * @throws Failure if any of them noticed anything
 */
export async function showRollingRestart(
  options: DemoOptions,
  nginx: Nginx,
  running: Running,
): Promise<void> {
  const backends = options.backends.map((port, index) =>
    running.add(
      () => new RestartableBackend({ name: nameOf(index), port, ownEveryMs: OWN_EVERY_MS, pieces: PIECES }),
      (backend) => backend.close(),
    ),
  );
  await Promise.all(backends.map((backend) => backend.start()));
  await startGateway(options, configOf(backends), nginx, running);
  const crowd = running.add(
    () => Crowd.of({ ...TALK, url: `${gatewayUrl(options)}/`, clients: options.clients }),
    (started) => started.drop(),
  );
  await crowd.begin();
  console.log(`Clients  ${options.clients}, half of them with permessage-deflate\n`);
  const summary = await restartUnder(crowd, backends, options, running);
  console.log(`\n${verdictOf(summary, options.rounds * backends.length)}`);
  if (!isFlawless(summary)) throw new Failure([...summary.faults, "the clients noticed it"].join("\n"));
}

async function restartUnder(
  crowd: Crowd,
  backends: readonly RestartableBackend[],
  options: DemoOptions,
  running: Running,
): Promise<Summary> {
  const endpoint = parseEndpoint(`http://${adminAddress(options)}`);
  const admin = new AdminClient({ endpoint, timeoutMs: ADMIN_TIMEOUT_MS });
  const board = running.add(
    () => new Board(process.stdout, backends, crowd),
    (shown) => shown.close(),
  );
  board.open();
  for (let round = 0; round < options.rounds; round += 1) {
    await restartOneByOne(admin, backends, {
      upstream: UPSTREAM,
      signal: "SIGKILL",
      emptyWithinMs: EMPTY_WITHIN_MS,
      onStep: (backend, step) => board.note(backend, step),
    });
  }
  const sent = new Map(backends.flatMap(({ sentOnVisits }) => [...sentOnVisits]));
  const summary = await crowd.finish(sent, SETTLED_WITHIN_MS);
  board.close();
  return summary;
}

function configOf(backends: readonly RestartableBackend[]): string {
  const peers = backends.map(({ name, address }) => ({ id: name, address }));
  const route = { id: "all", upstream: UPSTREAM, mode: "relay", on_drain: "move", on_crash: "move" };
  const document = { upstreams: { [UPSTREAM]: { peers, drain: { spread: SPREAD } } }, routes: [route] };
  return JSON.stringify(document, undefined, 2);
}

function nameOf(index: number): string {
  return NAMES[index] ?? `${index + 1}`;
}

function isFlawless(summary: Summary): boolean {
  const { closes, lost, duplicated, reordered, altered, unanswered, faults } = summary;
  return closes.length + lost + duplicated + reordered + altered + unanswered + faults.length === 0;
}

function verdictOf(summary: Summary, restarts: number): string {
  const { messages, closes, lost, duplicated, reordered, altered, unanswered } = summary;
  const parts = [
    count(restarts, "restart"),
    `${messages} messages`,
    `${closes.length} closes`,
    `${lost + unanswered} lost`,
    `${duplicated} duplicated`,
    `${reordered} reordered`,
    `${altered} altered`,
  ];
  return `${isFlawless(summary) ? "Nobody noticed" : "Not as it must be"}: ${parts.join(", ")}`;
}
