import { formatAge } from "../../../src/cli/output/amounts";
import { ageOf, healthOf, showWish, toneOfHealth } from "../../../src/cli/output/health";
import { describePeer, renderPeers, renderUpstreams } from "../../../src/cli/output/peers";
import { PLAIN } from "../../../src/cli/output/style";
import { renderFrame } from "../../../src/cli/output/watch";
import { peer, upstream } from "../../support/admin-fixtures";

const DOWN = peer("a", {
  health: "down",
  health_reason: "connect refused",
  health_since: "2026-01-02T03:04:05.000Z",
});
const ON_TRIAL = { ...DOWN, on_trial: true };

describe("the health of a peer", () => {
  it.each([
    [peer("a"), "up", "green"],
    [DOWN, "down", "red"],
    [ON_TRIAL, "down,trial", "yellow"],
  ])("%#: %s", (view, word, tone) => {
    expect(healthOf(view)).toBe(word);
    expect(toneOfHealth(view)).toBe(tone);
  });

  it.each([
    ["2026-01-02T03:04:04.000Z", "0s"],
    ["2026-01-02T03:07:06.999Z", "3m"],
    ["2026-01-05T03:04:05.000Z", "3d"],
  ])("at %s is so for %s", (now, age) => expect(ageOf(DOWN, Date.parse(now))).toBe(age));

  it("is so for a time that nobody knows, if no time is told or none that can be read", () => {
    expect(ageOf(peer("a"), 0)).toBeUndefined();
    expect(ageOf(peer("a", { health_since: "soon" }), 0)).toBeUndefined();
  });

  it.each([
    [undefined, ""],
    [{ state: "drain" }, "drain"],
    [{ state: "ready" }, "ready"],
    [{ state: "ready", weight: 0 }, "weight=0"],
    [{ state: "drain", weight_percent: 50, max_conns: 9 }, "drain,weight=50%,max_conns=9"],
  ])("what the peer says, %j, is %j", (wish, text) => expect(showWish(wish)).toBe(text));
});

it.each([
  [0, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [172_799_999, "47h"],
  [172_800_000, "2d"],
])("%d ms ago is %s", (ms, text) => expect(formatAge(ms)).toBe(text));

describe("a list of peers", () => {
  it("ends its lines with the reason, which alone may have blanks", () => {
    const [head, line] = renderPeers(
      upstream("chat", [{ ...ON_TRIAL, agent: { state: "drain" } }]),
      PLAIN,
    ).split("\n");
    expect(head!.split(/ +/).slice(-3)).toEqual(["ZONE", "AGENT", "WHY"]);
    expect(line).toMatch(/^a +a +ready +down,trial +\d+d +1 +0 +- +- +- +drain +connect refused$/);
  });

  it("says that health is ignored, where it is", () => {
    const text = "so few peers of chat are up that health is ignored\n";
    const panicking = { ...upstream("chat", [DOWN]), panic: true };
    expect(renderPeers(panicking, PLAIN).endsWith(text)).toBe(true);
    expect(renderUpstreams([upstream("b", [DOWN]), panicking], PLAIN).split("ignored")).toHaveLength(2);
    expect(renderPeers(upstream("chat", [DOWN]), PLAIN)).not.toContain("ignored");
  });

  it("shows no control character of a peer", () => {
    const evil = peer("a", { health: "down", health_reason: "\u001b[2J" });
    expect(renderPeers(upstream("chat", [evil]), PLAIN)).toContain("\\x1b[2J");
  });
});

it("a changed peer is told with its health and what it says", () => {
  expect(describePeer("chat", DOWN)).toBe("chat/a: ready, down (connect refused), weight 1, 0 sessions");
  expect(describePeer("chat", peer("a", { agent: { state: "drain" } }))).toBe(
    "chat/a: ready, up, weight 1, says drain, 0 sessions",
  );
});

it("the live table counts the peers that are down, if there are some", () => {
  const status = { version: "1", generation: 2, workers: 3 };
  const headOf = (health: string): string => {
    const upstreams = [upstream("chat", [peer("a", { health })])];
    return renderFrame({ atMs: 0, status, upstreams }, undefined, "T", PLAIN).split("\n")[0]!;
  };
  expect(headOf("up").endsWith("sessions 0")).toBe(true);
  expect(headOf("down").endsWith("sessions 0  down 1")).toBe(true);
});
