import { normaliseHost, normalisePath } from "../../../src/core/route/path";
import { ODD_HOSTS, ODD_TARGETS } from "./odd-targets";

describe("the path of a request target", () => {
  for (const { target, path } of ODD_TARGETS) {
    it(`${path === undefined ? "is refused" : `is ${path}`} where the target is ${target}`, () => {
      const [normal, err] = normalisePath(target);
      expect(normal).toBe(path);
      expect(err === undefined).toBe(path !== undefined);
    });
  }

  it("says why it is refused", () => {
    const [, climbs] = normalisePath("/a/../..");
    expect(climbs).toContain("above the root");
    const [, hex] = normalisePath("/%zz");
    expect(hex).toContain("hex");
    const [, nul] = normalisePath("/%00");
    expect(nul).toContain("%00");
  });

  it("comes out of 8 KB of escapes and slashes", () => {
    const [path] = normalisePath(`/a${"%2F".repeat(2700)}`);
    expect(path).toBe("/a/");
  });
});

describe("the host of a Host header", () => {
  for (const { header, host } of ODD_HOSTS) {
    it(`is ${host} where the header is ${header}`, () => {
      expect(normaliseHost(header)).toBe(host);
    });
  }

  it("is empty where the header is", () => {
    expect(normaliseHost("")).toBe("");
  });
});
