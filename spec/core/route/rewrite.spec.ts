import { compileRewrite, renderRewrite } from "../../../src/core/route/rewrite";

function rendered(template: string, pattern: string, path: string): string | undefined {
  const [rewrite, err] = compileRewrite(template, pattern);
  expect(err).toBeUndefined();
  const [result] = renderRewrite(rewrite!, path);
  return result;
}

function refusal(template: string, pattern: string): string {
  const [rewrite, err] = compileRewrite(template, pattern);
  expect(rewrite).toBeUndefined();
  return err ?? "";
}

describe("a rewrite", () => {
  it("puts in parameters and the rest", () => {
    expect(rendered("/ws/{room}", "/rooms/{room}/*", "/rooms/blue/x")).toBe("/ws/blue");
    expect(rendered("/x/*", "/rooms/{room}/*", "/rooms/blue/a/b/")).toBe("/x/a/b/");
    expect(rendered("/*", "/api/*", "/api/a")).toBe("/a");
    expect(rendered("/*", "/api/*", "/api/")).toBe("/");
    expect(rendered("/{b}/{a}/{b}/*", "/{a}/{b}/*", "/1/2/3/4")).toBe("/2/1/2/3/4");
    expect(rendered("/r-{room}.{user}!", "/{room}/{user}", "/blue/ann")).toBe("/r-blue.ann!");
    expect(rendered("/fixed", "/{a}", "/x")).toBe("/fixed");
  });

  it("puts in what the client wrote as it is, whatever it may mean elsewhere", () => {
    for (const odd of ["%1", "%2e%2e", "{a}", "*", "a?b#c", "a b", "$1", "...", "..a", "\n"])
      expect(rendered("/x/{a}/y", "/{a}", `/${odd}`)).toBe(`/x/${odd}/y`);
  });

  it("refuses a parameter that makes a dot segment", () => {
    expect(rendered("/x/{a}/y", "/{a}", "/..")).toBeUndefined();
    expect(rendered("/x/{a}", "/{a}", "/.")).toBeUndefined();
    expect(rendered("/x/.{a}", "/{a}", "/.")).toBeUndefined();
    expect(rendered("/x/{a}{b}/y", "/{a}/{b}", "/./.")).toBeUndefined();
    expect(rendered("/x/*", "/*", "/a/../b")).toBeUndefined();
    const [rewrite] = compileRewrite("/x/{a}", "/{a}");
    const [, err] = renderRewrite(rewrite!, "/..");
    expect(err).toContain("segment");
  });

  it("is refused where the path has not what it names", () => {
    expect(refusal("/ws/{user}", "/rooms/{room}")).toContain("{user}");
    expect(refusal("/ws/{}", "/rooms/{room}")).toContain("{}");
    expect(refusal("/ws/*", "/rooms/{room}")).toContain("*");
  });

  it("is refused where it is no path", () => {
    expect(refusal("ws", "/*")).toContain("start");
    expect(refusal("", "/*")).toContain("start");
    expect(refusal("/ws/{room", "/{room}")).toContain("}");
    expect(refusal("/ws?room={room}", "/{room}")).toContain("?");
    expect(refusal("/a%20b", "/{room}")).toContain("%");
    expect(refusal("/a/*/b", "/*")).toContain("*");
    expect(refusal("/a//{room}", "/{room}")).toContain("//");
    expect(refusal("/ws/../{room}", "/{room}")).toContain("dot");
    expect(refusal("/ws/.", "/{room}")).toContain("dot");
  });
});
