import { COUNTS_MS } from "./fault-stage";
import type { FaultStage } from "./fault-stage";
import type { Ordeal } from "./ordeal";

/** That a fault was found once, and that nobody was sent to the broken peer from then on. */
export function expectFoundOnce(
  { listener }: FaultStage,
  { victim, down, strays, reason, breakingAtMs }: Ordeal,
  word: { readonly first: RegExp; readonly last: string | RegExp },
): void {
  expect(down.reason).toMatch(word.first);
  if (typeof word.last === "string") expect(reason).toBe(word.last);
  else expect(reason).toMatch(word.last);
  expect(strays).toEqual([]);
  expect(listener.turnsOf(victim.name, breakingAtMs)).toEqual(["down", "up"]);
}

/**
 * That nobody else took harm: no other peer was held for down, no session has ended, all of them still talk, and each peer counts the sessions that it has.
 */
export async function expectOthersUntouched(
  stage: FaultStage,
  { victim, breakingAtMs }: Pick<Ordeal, "victim" | "breakingAtMs">,
  /** The victim is dead, and had to take its own along. */
  { hasLostSessions = false } = {},
): Promise<void> {
  await stage.whenCountsAreReal(COUNTS_MS);
  for (const backend of stage.backends) {
    const residents = stage.residentsOf(backend);
    if (backend === victim && hasLostSessions) {
      expect(residents.filter(({ isOpen }) => isOpen)).toHaveLength(0);
    } else {
      expect(residents.length).toBeGreaterThan(0);
      for (const resident of residents) expect(await resident.ask("still?")).toBe(`${backend.name}: still?`);
    }
    if (backend !== victim) expect(stage.listener.of(backend.name, breakingAtMs)).toEqual([]);
  }
  expect(stage.ownErrors()).toEqual([]);
}
