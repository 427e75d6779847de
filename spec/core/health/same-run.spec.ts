import { seededRng } from "../support/seeded-rng";
import { active, HealthScene, healthOf, passive, START_S } from "./health-scene";

const PEERS = ["a", "b", "c", "d"];
const MODULUS = 1_000_003;
const STEPS = 3000;

/** What happens to peers that fail now and then, as one number. */
function run(): number {
  const rng = seededRng(42);
  const config = healthOf({
    passive: passive({ minAttempts: 8 }),
    active: active({ rise: 2 }),
    hasAgent: true,
  });
  const scene = new HealthScene(config, PEERS, seededRng(7));
  let sum = 0;
  const add = (text: string): void => {
    for (const index of $range(0, text.length - 1)) sum = (sum * 31 + text.charCodeAt(index)) % MODULUS;
  };
  for (const _ of $range(1, STEPS)) {
    const key = PEERS[rng.integer(4) - 1]!;
    const dice = rng.integer(10);
    if (dice <= 3) scene.probe(key, rng.integer(3) === 1 ? "" : "pong timeout");
    else if (dice <= 6) scene.fail(key, rng.integer(3));
    else if (dice === 7) scene.report(key, { attempts: 5, failures: rng.integer(3), failuresInRow: 1 });
    else if (dice === 8)
      scene.report(key, { attempts: 1, trial: rng.integer(2) === 1 ? "passed" : "failed" });
    else if (dice === 9) scene.wait(rng.integer(12));
    else if (rng.integer(20) === 1) scene.elect();
    else scene.report(key, { agent: rng.integer(2) === 1 ? "ready" : `weight=${rng.integer(3)}` });
    for (const event of scene.events()) add(event);
    const record = scene.records.get(key);
    if (record !== undefined && record.memory.ejectedUntilS > 0)
      add(`${Math.floor((record.memory.ejectedUntilS - START_S) * 100)}`);
  }
  return sum;
}

test("the same observations come to the same in both runtimes", () => {
  expect(run()).toBe(436_275);
});
