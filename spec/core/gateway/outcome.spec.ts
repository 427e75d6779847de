import { outcomeOf, type ConnectionEnd } from "../../../src/core/gateway/outcome";
import { newSession } from "../../../src/core/session/session";

interface Row {
  readonly isOpen: boolean;
  readonly status: number;
  readonly client: ConnectionEnd;
  readonly peer: ConnectionEnd;
  readonly outcome: string;
}

const ROWS: readonly Row[] = [
  { isOpen: true, status: 101, client: "closed", peer: "", outcome: "client:closed" },
  { isOpen: true, status: 101, client: "reset", peer: "", outcome: "client:reset" },
  { isOpen: true, status: 101, client: "gone", peer: "", outcome: "client:gone" },
  { isOpen: true, status: 101, client: "", peer: "closed", outcome: "upstream:closed" },
  { isOpen: true, status: 101, client: "", peer: "reset", outcome: "upstream:reset" },
  { isOpen: true, status: 101, client: "closed", peer: "closed", outcome: "upstream:closed" },
  { isOpen: true, status: 101, client: "", peer: "timeout", outcome: "gateway:idle_timeout" },
  { isOpen: true, status: 101, client: "timeout", peer: "", outcome: "gateway:send_timeout" },
  { isOpen: true, status: 101, client: "", peer: "", outcome: "gateway:closed" },
  { isOpen: false, status: 499, client: "closed", peer: "", outcome: "client:aborted" },
  { isOpen: false, status: 200, client: "", peer: "", outcome: "upstream:http_200" },
  { isOpen: false, status: 403, client: "closed", peer: "closed", outcome: "upstream:http_403" },
];

describe("the outcome of a session", () => {
  for (const { isOpen, status, client, peer, outcome } of ROWS) {
    it(`${isOpen ? "open" : "not open"}, ${status}, client "${client}", peer "${peer}": ${outcome}`, () => {
      const session = newSession();
      session.isOpen = isOpen;
      expect(outcomeOf(session, status, client, peer)).toBe(outcome);
    });
  }

  it("is why the gateway closed it, whatever the sockets say", () => {
    const session = newSession();
    session.isOpen = true;
    session.verdict = "killed";
    expect(outcomeOf(session, 101, "closed", "closed")).toBe("gateway:killed");
  });

  it("is the gateway's refusal, whatever the sockets say", () => {
    const session = newSession();
    session.verdict = "handshake_timeout";
    expect(outcomeOf(session, 504, "closed", "closed")).toBe("gateway:handshake_timeout");
  });
});
