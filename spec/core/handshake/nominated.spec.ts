import { eachNominated } from "../../../src/core/handshake/nominated";

function dropped(connection: string): string[] {
  const names: string[] = [];
  eachNominated(connection, (name) => {
    names.push(name);
  });
  return names;
}

describe("the fields that Connection names", () => {
  it("are dropped, in lower case", () => {
    expect(dropped("Upgrade, X-Hop, TE")).toEqual(["x-hop", "te"]);
    expect(dropped("x-real-ipv6,cookies")).toEqual(["x-real-ipv6", "cookies"]);
  });

  it("are kept where the peer relies on them", () => {
    const kept = [
      "authorization, close, content-length, content-type, cookie, forwarded, host, keep-alive, origin",
      "transfer-encoding, upgrade, via, x-real-ip, x-request-id",
      "Sec-WebSocket-Key, sec-websocket-protocol, Sec-Fetch-Site",
      "X-Forwarded-For, x-forwarded-proto, X-FORWARDED-ANYTHING",
    ];
    for (const connection of kept) expect(dropped(connection)).toEqual([]);
  });
});
