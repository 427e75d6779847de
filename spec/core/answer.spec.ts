import { answer, type AnswerCode } from "../../src/core/answer";

const STATUSES: readonly (readonly [AnswerCode, number])[] = [
  ["bad_handshake", 400],
  ["no_route", 404],
  ["upgrade_required", 426],
  ["internal_error", 500],
  ["bad_upstream", 502],
  ["no_live_peer", 503],
  ["handshake_timeout", 504],
];

describe("an answer of the gateway's own", () => {
  for (const [code, status] of STATUSES) {
    it(`${code} is ${status}`, () => {
      expect(answer(code, "why")).toEqual({ code, status, message: "why" });
    });
  }
});
