import { PLAN, upstream } from "../support/admin-fixtures";
import { startCommand } from "../support/command";
import { refusal, startExampleAdmin } from "../support/fake-admin";
import type { FakeAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboard, switchboardEnv } from "../support/switchboard";

const PLACE = "/v1/upstreams/chat/rebalance";

/** Shows that many moves as left, one number after the other, and nothing under way from then on. */
function showLeft(admin: FakeAdmin, ...numbers: number[]): { looks: number } {
  const seen = { looks: 0 };
  admin.on("GET /v1/upstreams/chat", () => {
    const left = numbers[seen.looks];
    seen.looks += 1;
    const rebalance = left === undefined ? undefined : { moves: 54, left, rate: 50 };
    return { body: { ...upstream("chat", []), rebalance } };
  });
  return seen;
}

describe("rebalance", () => {
  it("leaves what is not named to the gateway", async () => {
    const admin = await startExampleAdmin();
    expect((await switchboard(["rebalance", "chat"], { url: admin.url })).code).toBe(0);
    expect(admin.requests.map(({ method, target, body }) => [method, target, body])).toEqual([
      ["POST", PLACE, {}],
    ]);
  });

  it("shows what a dry run would do, what stands in the way, and workers that are silent", async () => {
    const admin = await startExampleAdmin();
    const reason = 'only 98 of the 100 sessions of "a" may be moved';
    admin.on(`POST ${PLACE}`, {
      body: { ...PLAN, dry_run: true, moves: 1, seconds: 1, reason, unanswered: 2 },
    });
    const { code, stdout, stderr } = await switchboard(["rebalance", "chat", "--dry-run", "--wait"], {
      url: admin.url,
    });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "2 workers not heard of yet: sessions there stay\n",
    });
    expect(stdout).toContain("chat: would move 1 session, 50 in a second: 1 s, max/mean 1.50 -> 1.09\n");
    expect(stdout).toContain(`the target of 1.1 is not reached: ${reason}\n`);
  });

  it("says that there is nothing to do, and does not wait for it", async () => {
    const admin = await startExampleAdmin();
    admin.on(`POST ${PLACE}`, { body: { ...PLAN, moves: 0, seconds: 0, before: PLAN.after, peers: [] } });
    const { stdout } = await switchboard(["rebalance", "chat", "--wait"], { url: admin.url });
    expect(stdout).toContain("chat: nothing to move, max/mean 1.09 -> 1.09\n");
    expect(admin.requests).toHaveLength(1);
  });

  it("waits until nothing is under way, though not all was moved", async () => {
    const admin = await startExampleAdmin();
    const seen = showLeft(admin, 30, 2);
    const { code, stderr } = await switchboard(["rebalance", "chat", "--wait"], { url: admin.url });
    expect({ code, looks: seen.looks }).toEqual({ code: 0, looks: 3 });
    expect(stderr).toBe("chat: to be moved: 54 sessions left\nchat: to be moved: 0 sessions left\n");
  });

  it("ends the waiting with 130 at a Ctrl-C, and the moving goes on", async () => {
    const admin = await startExampleAdmin();
    admin.on("GET /v1/upstreams/chat", () => undefined);
    const command = startCommand(process.execPath, [SWITCHBOARD, "rebalance", "chat", "--wait"], {
      env: switchboardEnv({ url: admin.url }),
    });
    await command.whenPrinted(/54 sessions left/);
    command.signal("SIGINT");
    expect(await command.whenEnded()).toBe(130);
    expect(command.output()).toMatch(/chat: stopped waiting; the moving goes on\n$/);
  });

  it("refuses what is no number, and tells what the gateway refuses", async () => {
    const admin = await startExampleAdmin();
    expect((await switchboard(["rebalance", "chat", "--target", "1,1"], { url: admin.url })).code).toBe(3);
    expect(admin.requests).toHaveLength(0);
    const details = [{ pointer: "/target", message: "expected a number from 1 to 100, found 0" }];
    admin.on(`POST ${PLACE}`, refusal(422, "invalid_config", "no", details));
    const { code, stderr } = await switchboard(["rebalance", "chat", "--target", "0"], { url: admin.url });
    expect(code).toBe(1);
    expect(stderr).toContain("/target: expected a number from 1 to 100");
  });
});
