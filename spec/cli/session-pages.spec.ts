import { startFakeAdmin } from "../support/fake-admin";
import type { FakeAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboard, switchboardEnv } from "../support/switchboard";
import { runCommand } from "../support/command";

const TOTAL = 2_300;

/** One with so many sessions, in pages; a cursor is the number of those before it. */
async function startWithSessions(): Promise<FakeAdmin> {
  const admin = await startFakeAdmin();
  return admin.on("GET /v1/sessions", ({ target }) => {
    const query = new URL(target, "http://x").searchParams;
    const first = Number(query.get("after") ?? 0);
    const size = Math.min(Number(query.get("limit")), 1_000, TOTAL - first);
    const sessions = Array.from({ length: size }, (_, at) => ({
      id: `s${first + at}`,
      client: "203.0.113.7:1",
      route: "r",
      upstream: "chat",
      peer: "a",
      worker: 1,
      start: "2026-11-22T09:14:03.120Z",
      bytes_to_client: first + at,
      bytes_to_peer: 0,
    }));
    const end = first + size;
    return { body: { sessions, ...(end < TOTAL ? { next: `${end}` } : {}) } };
  });
}

describe("switchboard sessions", () => {
  it("follows the pages to the end, as lines with one head and as one document", async () => {
    const admin = await startWithSessions();
    const text = await switchboard(["sessions"], { url: admin.url });
    const lines = text.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(TOTAL + 1);
    expect(lines[0]).toMatch(/^SESSION +CLIENT/);
    expect(lines.at(-1)).toMatch(/^s2299 +203\.0\.113\.7:1 +r +chat\/a/);
    const json = await switchboard(["sessions", "--json"], { url: admin.url });
    const { sessions } = JSON.parse(json.stdout) as { sessions: { id: string }[] };
    expect(sessions.map(({ id }) => id)).toEqual(Array.from({ length: TOTAL }, (_, at) => `s${at}`));
  });

  it("stops at the limit", async () => {
    const admin = await startWithSessions();
    const { stdout } = await switchboard(["sessions", "--limit", "1001"], { url: admin.url });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1_002);
    expect(admin.calls()).toEqual(["GET /v1/sessions?limit=1000", "GET /v1/sessions?limit=1&after=1000"]);
  });

  it("ends quietly when nobody reads on", async () => {
    const admin = await startWithSessions();
    const line = `"${process.execPath}" "${SWITCHBOARD}" sessions | head -n 2`;
    const { code, output } = await runCommand("bash", ["-o", "pipefail", "-c", line], {
      env: switchboardEnv({ url: admin.url }),
    });
    expect(code).toBe(0);
    expect(output).toMatch(/^SESSION.*\ns0 .*\n$/);
  });
});
