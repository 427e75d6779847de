import { compileKey, renderKey } from "../../../src/core/route/route-key";

function render(
  template: string,
  pattern: string,
  path: string,
  variables: Record<string, string> = {},
): string {
  return renderKey(compileKey(template, pattern)!, { path, variable: (name) => variables[name] });
}

describe("the key of a route", () => {
  it("is made of parameters of the path, nginx variables and text", () => {
    expect(render("{room}", "/rooms/{room}/*", "/rooms/7/x")).toBe("7");
    expect(render("$arg_user", "/*", "/", { arg_user: "ada" })).toBe("ada");
    expect(render("${http_x_tenant}:{b}/{a}$$", "/{a}/x/{b}", "/1/x/2", { http_x_tenant: "t" })).toBe(
      "t:2/1$",
    );
  });

  it("is empty when nothing of it depends on the request that it is made for", () => {
    expect(render("$arg_user", "/*", "/")).toBe("");
    expect(render("user-$arg_user-$arg_room", "/*", "/", { arg_user: "" })).toBe("");
    expect(render("user-$arg_user-$arg_room", "/*", "/", { arg_room: "7" })).toBe("user--7");
  });

  it("is the text itself where it has no hole", () => {
    expect(render("all", "/*", "/")).toBe("all");
  });

  it("is absent where the route has none", () => {
    expect(compileKey("", "/*")).toBeUndefined();
  });

  it("may be of any bytes", () => {
    const odd = `\u0001"${"x".repeat(8000)}`;
    expect(render("$arg_user", "/*", "/", { arg_user: odd })).toBe(odd);
  });
});
