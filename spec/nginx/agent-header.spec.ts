import { routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { sayAndClose, say, startRawBackend } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";

const HEADER = "Switchboard-Peer: drain";

let gateway: Gateway;

beforeAll(async () => {
  const opens = await startRawBackend(
    say(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${HEADER}\r\nX-Own: 1\r\n\r\n`,
    ),
  );
  const refuses = await startRawBackend(
    sayAndClose(`HTTP/1.1 403 Forbidden\r\n${HEADER}\r\nX-Own: 1\r\nContent-Length: 0\r\n\r\n`),
  );
  const of = ({ address }: { readonly address: string }, agent: boolean): object => ({
    peers: [{ address }],
    health: { agent },
  });
  gateway = await startGateway({
    config: routedByName({
      heeded: of(opens, true),
      ignored: of(opens, false),
      refused: of(refuses, true),
    }),
  });
});

describe("what a peer says of itself in an answer", () => {
  const rows = [
    { name: "heeded", status: 101, passed: undefined },
    { name: "refused", status: 403, passed: undefined },
    { name: "ignored", status: 101, passed: "drain" },
  ];
  for (const { name, status, passed } of rows) {
    it(`is ${passed === undefined ? "kept from" : "passed on to"} the client: ${name}`, async () => {
      const answer = await rawRequest(gateway.port, handshakeBytes(`/${name}/x`));
      expect(answer.status).toBe(status);
      expect(answer.headers["x-own"]).toBe("1");
      expect(answer.headers["switchboard-peer"]).toBe(passed);
    });
  }
});
