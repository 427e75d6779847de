import { normaliseHost, normalisePath } from "../../../src/core/route/path";
import { ODD_HOSTS, ODD_TARGETS } from "./odd-targets";

describe("the path of a request target", () => {
  it("is what nginx makes of it, however odd it is", () => {
    for (const { target, path } of ODD_TARGETS) {
      const [normal, err] = normalisePath(target);
      expect(`${target} becomes ${normal}`).toBe(`${target} becomes ${path}`);
      expect(err === undefined).toBe(path !== undefined);
    }
  });

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
  it("is what nginx makes of it, however odd it is", () => {
    for (const { header, host } of ODD_HOSTS)
      expect(`${header} becomes ${normaliseHost(header)}`).toBe(`${header} becomes ${host}`);
  });

  it("is empty where the header is", () => {
    expect(normaliseHost("")).toBe("");
  });
});
