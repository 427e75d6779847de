import { FULL_DICT } from "../support/full-dict";
import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly err?: string;
  readonly text?: string;
  readonly keys: number;
}

const INIT = `${FULL_DICT}
local kept = require "resty.switchboard.ngx.kept-text"
function replace(text) return kept.replaceText(dict, "text", text) end
function remove() kept.removeText(dict, "text") end
function outcome(err)
  local keys = 0
  for _, key in ipairs(dict:get_keys(0)) do if key:find("^text") then keys = keys + 1 end end
  ngx.print(require("cjson.safe").encode { err = err, text = kept.readText(dict, "text"), keys = keys })
end`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/replace": "outcome(replace((ngx.var.arg_text:rep(tonumber(ngx.var.arg_times or 1)))))",
      "/remove": "remove() outcome()",
      "/fill": "fill() outcome()",
      "/empty": "empty() outcome()",
    },
  });
});

function replace(text: string, times = 1): Promise<Outcome> {
  return nginx.call("/replace", { text, times: String(times) });
}

it("is what it was replaced with last, in two keys, until it is removed", async () => {
  for (const text of ["one", "three", "two", "two"]) {
    expect(await replace(text)).toEqual({ text, keys: 2 });
  }
  expect(await nginx.call("/remove")).toEqual({ keys: 0 });
});

it("stays where the dict has no room for a longer one, which is taken once there is", async () => {
  await replace("short");
  await nginx.call("/fill");
  expect(await replace("long", 300)).toEqual({ err: "no memory", text: "short", keys: 2 });
  await nginx.call("/empty");
  expect(await replace("long", 300)).toEqual({ text: "long".repeat(300), keys: 2 });
  await nginx.call("/remove");
});

it("is not there where not even the first fits", async () => {
  await nginx.call("/fill");
  expect(await replace("first")).toEqual({ err: "no memory", keys: 0 });
});
