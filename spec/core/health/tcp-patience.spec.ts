import { tcpPatience } from "../../../src/core/health/tcp-patience";

const DAY_S = 86_400;

/** When the kernel gives up a side that was not sent anything: at the second question or later, once the silence is long enough. */
function keepaliveEndS({ idleS, intervalS, silenceMs }: ReturnType<typeof tcpPatience>): number {
  let atS = idleS + intervalS;
  while (atS * 1000 < silenceMs) atS += intervalS;
  return atS;
}

function questions({ idleS, intervalS, silenceMs }: ReturnType<typeof tcpPatience>): number {
  return (keepaliveEndS({ idleS, intervalS, silenceMs }) - idleS) / intervalS;
}

describe("the patience with a silent side", () => {
  it("is half of tcp_timeout, with questions from a third of it on", () => {
    expect(tcpPatience(60_000)).toEqual({ idleS: 20, intervalS: 2, silenceMs: 30_000 });
  });

  it("ends, whenever something is sent to that side, within tcp_timeout, which is 3 s at least", () => {
    for (const timeoutS of [1, 2, 3, 4, 5, 7, 10, 11, 29, 30, 59, 60, 61, 90, 120, 600, 3600, DAY_S]) {
      const patience = tcpPatience(timeoutS * 1000);
      // The worst: something is sent just before the kernel would have given up.
      const worstS = keepaliveEndS(patience) + patience.silenceMs / 1000;
      expect(worstS <= Math.max(3, timeoutS)).toBe(true);
    }
  });

  it("asks five times from 12 s on", () => {
    for (const timeoutS of [12, 13, 29, 30, 60, 61, 119, 3600, DAY_S]) {
      expect(questions(tcpPatience(timeoutS * 1000))).toBe(5);
    }
  });

  it("is never nothing, and in what the kernel takes", () => {
    for (const timeoutMs of [1, 999, 1000, 2500, 3000, DAY_S * 1000]) {
      const { idleS, intervalS, silenceMs } = tcpPatience(timeoutMs);
      for (const seconds of [idleS, intervalS, silenceMs / 1000]) {
        expect(seconds >= 1 && seconds === Math.floor(seconds)).toBe(true);
      }
      expect(idleS <= 32_767 && intervalS <= 32_767).toBe(true);
    }
  });
});
