import type { AgentWish, PeerView } from "../client/shapes";
import { formatAge } from "./amounts";
import type { Tone } from "./style";

/** What was observed of it, in one word. */
export function healthOf({ health, on_trial }: PeerView): string {
  return on_trial === true ? `${health},trial` : health;
}

export function toneOfHealth({ health, on_trial }: PeerView): Tone {
  if (health === "up") return "green";
  return on_trial === true ? "yellow" : "red";
}

/** For how long it is up or down; `undefined` if that is not known. */
export function ageOf({ health_since }: PeerView, nowMs: number): string | undefined {
  const sinceMs = Date.parse(health_since ?? "");
  return Number.isNaN(sinceMs) ? undefined : formatAge(Math.max(0, nowMs - sinceMs));
}

/** What it says itself, in one word, much as it said it; `""` for nothing. */
export function showWish(wish: AgentWish | undefined): string {
  if (wish === undefined) return "";
  const { state, weight, weight_percent, max_conns } = wish;
  const numbers = [
    ...(weight === undefined ? [] : [`weight=${weight}`]),
    ...(weight_percent === undefined ? [] : [`weight=${weight_percent}%`]),
    ...(max_conns === undefined ? [] : [`max_conns=${max_conns}`]),
  ];
  return [...(state === "ready" && numbers.length > 0 ? [] : [state]), ...numbers].join(",");
}
