import {
  areOffered,
  deflateOffers,
  isSameAgreement,
  parseExtensions,
  withoutClientContext,
} from "../../../src/core/handshake/extensions";

const DEFLATE = "permessage-deflate";
const WORD = "client_no_context_takeover";

function names(text: string): string | undefined {
  const extensions = parseExtensions(text);
  if (extensions === undefined) return undefined;
  return extensions
    .map(({ name, parameters }) =>
      [
        name,
        ...parameters.map((one) => (one.value === undefined ? one.name : `${one.name}=${one.value}`)),
      ].join(";"),
    )
    .join(",");
}

describe("a list of extensions", () => {
  it("has names and parameters, with blanks around and in any case", () => {
    expect(names("")).toBe("");
    expect(names("a")).toBe("a");
    expect(names(' Permessage-Deflate ;\tB = 1 ; c,, x-own;d="e" ,')).toBe(
      "permessage-deflate;b=1;c,x-own;d=e",
    );
    expect(names('a; b="c\\d"')).toBe("a;b=cd");
  });

  it("is none where it is malformed", () => {
    for (const text of [
      "a b",
      ";a",
      "a;",
      "a; =1",
      "a; b=",
      'a; b="',
      'a; b="c',
      'a; b="c d"',
      'a; b=""',
      "a; b=c d",
      "a@",
      'a; b="c"d',
      "a;;b",
    ])
      expect(parseExtensions(text)).toBeUndefined();
  });

  it("was offered where each of its names was", () => {
    expect(areOffered(DEFLATE, `x, ${DEFLATE}; client_max_window_bits`)).toBe(true);
    expect(areOffered("y", "x")).toBe(false);
    expect(areOffered("x, y", "x")).toBe(false);
    expect(areOffered("x", "")).toBe(false);
    expect(areOffered("x;", "x")).toBe(false);
    expect(areOffered("x", "x;")).toBe(false);
  });
});

describe("an offer", () => {
  it("goes on without what a relay does not know", () => {
    for (const text of ["", DEFLATE, `${DEFLATE}; client_max_window_bits`, `Permessage-Deflate ;a="b"`])
      expect(deflateOffers(text)).toBe(text);
    expect(deflateOffers("x-webkit-deflate-frame")).toBe("");
    expect(deflateOffers(`x; ${DEFLATE}`)).toBe("");
    expect(deflateOffers(`x, ${DEFLATE}; client_max_window_bits=10 , y;z, ${DEFLATE}`)).toBe(
      `${DEFLATE}; client_max_window_bits=10, ${DEFLATE}`,
    );
    expect(deflateOffers(`bbf-usp-protocol, ${DEFLATE}-x`)).toBe("");
  });

  it("of which nothing can be read goes nowhere", () => {
    for (const text of [`${DEFLATE};`, `${DEFLATE} x`, `${DEFLATE}; a="`])
      expect(deflateOffers(text)).toBe("");
  });
});

describe("an answer for a client that may be moved", () => {
  it("tells it to compress each message for itself", () => {
    expect(withoutClientContext(DEFLATE)).toBe(`${DEFLATE}; ${WORD}`);
    expect(withoutClientContext(`${DEFLATE}; server_max_window_bits=10`)).toBe(
      `${DEFLATE}; server_max_window_bits=10; ${WORD}`,
    );
    expect(withoutClientContext(`x, Permessage-Deflate ; a="b,c" , y`.replace(",c", "c"))).toBe(
      `x, Permessage-Deflate ; a="bc"; ${WORD} , y`,
    );
    expect(withoutClientContext(`${DEFLATE}, ${DEFLATE}; a`)).toBe(
      `${DEFLATE}; ${WORD}, ${DEFLATE}; a; ${WORD}`,
    );
  });

  it("is left alone where it says so, compresses nothing, or is malformed", () => {
    for (const text of [
      "",
      "x",
      `x; ${DEFLATE}`,
      `${DEFLATE}; Client_No_Context_Takeover`,
      `${DEFLATE};;`,
      `x-${DEFLATE}`,
    ])
      expect(withoutClientContext(text)).toBe(text);
  });
});

describe("an agreement", () => {
  const same = (a: string, b: string) =>
    isSameAgreement({ subprotocol: "s", extensions: a }, { subprotocol: "s", extensions: b });

  it("is the same in other words", () => {
    expect(same("", "")).toBe(true);
    expect(same(`${DEFLATE}; a; b=1`, `PERMESSAGE-deflate;b="1" ;a`)).toBe(true);
    expect(same(`${DEFLATE}; server_max_window_bits=15`, `${DEFLATE}; ${WORD}`)).toBe(true);
    expect(same(",", "")).toBe(true);
  });

  it("is another one", () => {
    expect(same(DEFLATE, "")).toBe(false);
    expect(same(`${DEFLATE}; server_max_window_bits=10`, DEFLATE)).toBe(false);
    expect(same(`${DEFLATE}; a=1`, `${DEFLATE}; a`)).toBe(false);
    expect(same("x, y", "y, x")).toBe(false);
    expect(same("x; server_max_window_bits=15", "x")).toBe(false);
    expect(isSameAgreement({ subprotocol: "a", extensions: "" }, { subprotocol: "A", extensions: "" })).toBe(
      false,
    );
  });
});
