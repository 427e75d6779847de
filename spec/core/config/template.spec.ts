import { parseTemplate, renderTemplate } from "../../../src/core/config/template";

function render(text: string): string | undefined {
  const [template] = parseTemplate(text, ["room", "user"]);
  if (template === undefined) return undefined;
  return renderTemplate(
    template,
    (name) => (name === "absent" ? undefined : `<${name}>`),
    (name) => `[${name}]`,
  );
}

describe("a template", () => {
  it("puts variables and parameters into text", () => {
    const cases: [string, string][] = [
      ["", ""],
      ["text", "text"],
      ["$remote_addr", "<remote_addr>"],
      ["${host}x", "<host>x"],
      ["$host-x", "<host>-x"],
      ["$a$b", "<a><b>"],
      ["{room}", "[room]"],
      ["a/{room}:{user}/$arg_1", "a/[room]:[user]/<arg_1>"],
      ["$$5$$", "$5$"],
      ["$absent", ""],
      ["a${absent}b", "ab"],
    ];
    for (const [text, expected] of cases) expect(render(text)).toBe(expected);
  });

  it("is refused with the reason", () => {
    const cases: [string, string][] = [
      ["$", "no lower-case variable name after '$' ('$$' is a dollar sign)"],
      ["a$ b", "no lower-case variable name after '$' ('$$' is a dollar sign)"],
      ["$Host", "no lower-case variable name after '$' ('$$' is a dollar sign)"],
      ["$1", "no lower-case variable name after '$' ('$$' is a dollar sign)"],
      ["${", "no lower-case variable name between '${' and '}'"],
      ["${}", "no lower-case variable name between '${' and '}'"],
      ["${a-b}", "no lower-case variable name between '${' and '}'"],
      ["{", "'{' without '}'"],
      ["{}", "no parameter name between '{' and '}'"],
      ["{other}", "the path has no parameter {other}"],
      ["a}", "'}' without '{'"],
      ["a b", "a character that is not visible ASCII"],
      ["a\r\nX: y", "a character that is not visible ASCII"],
      ["é", "a character that is not visible ASCII"],
    ];
    for (const [text, expected] of cases) {
      const [, reason] = parseTemplate(text, ["room"]);
      expect(`${text}: ${reason}`).toBe(`${text}: ${expected}`);
    }
  });
});
