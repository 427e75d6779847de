import { makeCertificates } from "../support/certificates";
import type { Certificates } from "../support/certificates";
import { BACK_MS, BUSY_MS, FaultStage, NOTICE_MS, POLICY, trusting } from "../support/faults/fault-stage";
import { failedOf, longestMs, lostOf, undergo } from "../support/faults/ordeal";
import { expectFoundOnce, expectOthersUntouched } from "../support/faults/verdict";

const TIMES = { noticeMs: NOTICE_MS, backMs: BACK_MS };

/**
 * Of 25 clients a second that are sent to a broken peer, three tell what it is; so many more may come until every worker has heard
 * of it on a busy machine.
 */
const SACRIFICED = 20;

describe("a peer whose answers are no good", () => {
  let stage: FaultStage;

  beforeAll(async () => {
    stage = await FaultStage.start();
  });

  it("is out after a few handshakes that it answered with what is no HTTP", async () => {
    const victim = stage.backend(0);
    const ordeal = await undergo(stage, victim, () => victim.garbage(), TIMES);
    expect(failedOf(ordeal.visits).length).toBeLessThanOrEqual(SACRIFICED);
    expect(lostOf(ordeal.visits)).toEqual([]);
    expect(longestMs(ordeal.visits)).toBeLessThan(BUSY_MS);
    expectFoundOnce(stage, ordeal, { first: /malformed answer$/, last: "malformed answer" });
    await expectOthersUntouched(stage, ordeal);
  });

  it("is out after a few sessions that it reset right after its 101", async () => {
    const victim = stage.backend(1);
    const ordeal = await undergo(stage, victim, () => victim.resetAfter101(), TIMES);
    expect(failedOf(ordeal.visits)).toEqual([]);
    expect(lostOf(ordeal.visits).length).toBeLessThanOrEqual(SACRIFICED);
    expectFoundOnce(stage, ordeal, {
      first: /reset after its 101$|closed before the pong$/,
      last: "closed before the pong",
    });
    await expectOthersUntouched(stage, ordeal);
  });

  it("is out when it answers 101 and then nothing any more, which only probes can find", async () => {
    const victim = stage.backend(2);
    const ordeal = await undergo(stage, victim, () => victim.mute(), TIMES);
    expect(failedOf(ordeal.visits)).toEqual([]);
    expectFoundOnce(stage, ordeal, { first: /^pong timeout$/, last: "pong timeout" });
    await expectOthersUntouched(stage, ordeal);
  });
});

describe("a peer behind TLS", () => {
  it("that shows the certificate of another name fails no handshake, and is out", async () => {
    const right = makeCertificates(["right.test"]);
    const wrong = makeCertificates(["wrong.test"], right);
    const stage = await FaultStage.start({
      backend: { tls: { right: identityOf(right), wrong: identityOf(wrong) } },
      upstream: { ...POLICY, tls: { server_name: "right.test" } },
      gateway: { files: trusting(right.ca), allowedErrors: [/SSL_do_handshake\(\) failed/] },
    });
    const victim = stage.backend(0);
    const ordeal = await undergo(stage, victim, () => victim.wrongName(), TIMES);
    expect(failedOf(ordeal.visits)).toEqual([]);
    expect(lostOf(ordeal.visits)).toEqual([]);
    expect(longestMs(ordeal.visits)).toBeLessThan(BUSY_MS);
    expectFoundOnce(stage, ordeal, {
      first: /connect or TLS failed$|^tls: .*host/,
      last: /^tls: certificate (host mismatch|not accepted)$/,
    });
    await expectOthersUntouched(stage, ordeal);
  });
});

function identityOf({ keyText, certText }: Certificates): { key: string; cert: string } {
  return { key: keyText, cert: certText };
}
