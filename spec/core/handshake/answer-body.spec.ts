import { AnswerBody } from "../../../src/core/handshake/answer-body";
import { HeadReader } from "../../../src/core/handshake/answer-head";

interface Read {
  readonly text: string;
  readonly isOver: boolean;
  readonly fault: string | undefined;
}

function read(fields: string, bytes: string, size: number, status = 200): Read {
  const reader = new HeadReader();
  reader.push(`HTTP/1.1 ${status} X\r\n${fields}\r\n`);
  const body = new AnswerBody(reader.head!);
  let text = "";
  for (let at = 0; at < bytes.length; at += size) text += body.push(bytes.substring(at, at + size));
  return { text, isOver: body.isOver, fault: body.fault };
}

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const SIZES = [1, 2, 3, 5, 100];

describe("the body of an answer", () => {
  it("ends where its length says", () => {
    for (const size of SIZES) {
      expect(read("Content-Length: 5\r\n", "hello more", size)).toEqual({
        text: "hello",
        isOver: true,
        fault: undefined,
      });
      expect(read("Content-Length: 50\r\n", "hello", size).isOver).toBe(false);
    }
    expect(read("Content-Length: 0\r\n", "", 1).isOver).toBe(true);
  });

  it("is put together from its pieces", () => {
    for (const size of SIZES) {
      const bytes = "5;a=b\r\nhello\r\n00A \r\n wide worl\r\n1\nd\n0\r\nTrailer: x\r\n\r\nmore";
      expect(read(CHUNKED, bytes, size)).toEqual({
        text: "hello wide world",
        isOver: true,
        fault: undefined,
      });
    }
  });

  it("ends with the connection where nothing is said of its length", () => {
    expect(read("", "hello", 2)).toEqual({ text: "hello", isOver: false, fault: undefined });
  });

  it("is not there with 204 and 304", () => {
    expect(read(CHUNKED, "5\r\nhello", 3, 204)).toEqual({ text: "", isOver: true, fault: undefined });
    expect(read("Content-Length: 9\r\n", "hello", 3, 304).text).toBe("");
  });

  it("is malformed", () => {
    const long = "0".repeat(13);
    for (const size of SIZES)
      for (const bytes of [
        "x\r\n",
        "\r\n",
        "-1\r\n",
        "1x\r\n",
        "1\r\nab\r\n",
        `${long}\r\n`,
        `1;${"x".repeat(5000)}`,
      ])
        expect(read(CHUNKED, bytes, size).fault).toBe("malformed chunk");
    expect(read(CHUNKED, `0\r\n${"a: b\r\n".repeat(5000)}`, 100).fault).toBe("too large a trailer");
  });
});
