import fc from "fast-check";
import { AnswerBody } from "../../../src/core/handshake/answer-body";
import { HeadReader } from "../../../src/core/handshake/answer-head";
import {
  isSameAgreement,
  parseExtensions,
  withoutClientContext,
} from "../../../src/core/handshake/extensions";

const words = fc.constantFrom(
  "permessage-deflate",
  "client_no_context_takeover",
  "x",
  ";",
  ",",
  "=",
  '"',
  "\\",
  " ",
  "10",
  "\xff",
);
const lists = fc.array(words, { maxLength: 20 }).map((parts) => parts.join(""));
const pieces = fc.constantFrom(
  "5\r\nhello\r\n",
  "3;x\n\r\n\n\n",
  "0\r\n",
  "\r\n",
  "A",
  "a: b\r\n",
  "5",
  "\n",
  "xyz",
);
const bodies = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(""));

function readBody(bytes: string, size: number): unknown {
  const reader = new HeadReader();
  reader.push("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const body = new AnswerBody(reader.head!);
  let text = "";
  for (let at = 0; at < bytes.length; at += size) text += body.push(bytes.slice(at, at + size));
  return { text, isOver: body.isOver, fault: body.fault };
}

describe("whatever a peer sends", () => {
  it("a list of extensions is read or refused, and changed to one that is read", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const changed = withoutClientContext(list);
        expect(withoutClientContext(changed)).toBe(changed);
        const isList = parseExtensions(list) !== undefined;
        expect(parseExtensions(changed) !== undefined).toBe(isList);
        expect(changed === list || isList).toBe(true);
        const [a, b] = [list, changed].map((extensions) => ({ subprotocol: "", extensions }));
        expect(isSameAgreement(a!, b!)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a body is the same however it is cut", () => {
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        expect(readBody(bytes, size)).toEqual(readBody(bytes, bytes.length + 1));
      }),
      { numRuns: 2_000 },
    );
  });
});
