import { FULL_DICT } from "../support/full-dict";
import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly answer?: string;
  readonly length?: number;
  readonly err?: string;
  readonly keys: readonly string[];
}

/** A reader of letters that can be told to pause; it answers with the text, twice. */
const INIT = `${FULL_DICT}
local Mailbox = require("resty.switchboard.ngx.mailbox").Mailbox
local cjson = require "cjson.safe"
local lualib = require "resty.switchboard.lualib"
box = lualib.__TS__New(Mailbox, dict)
reads = true
function outcome(answer, err)
  local keys = {}
  for _, key in ipairs(dict:get_keys(0)) do if key:find("letter:") or key:find("letters") then keys[#keys + 1] = key end end
  ngx.print(cjson.encode { answer = answer and answer:sub(1, 20), length = answer and #answer, err = err, keys = #keys > 0 and keys or nil })
end`;

const READER = `ngx.timer.at(0, function()
  while not ngx.worker.exiting() do
    local letter = reads and box:take()
    if letter then box:answer(letter, letter.text .. letter.text) end
    ngx.sleep(0.005)
  end
end)`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    initWorker: READER,
    locations: {
      "/ask":
        "reads = ngx.var.arg_reads ~= '0' outcome(box:ask((ngx.var.arg_text:rep(tonumber(ngx.var.arg_times or 1)))))",
      "/fill": "fill() outcome()",
      "/empty": "empty() outcome()",
    },
  });
});

function ask(text: string, more: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return nginx.call("/ask", { text, ...more });
}

it("brings each letter its own answer, and leaves nothing behind", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `letter${index}-`);
  const outcomes = await Promise.all(texts.map((text) => ask(text)));
  expect(outcomes.map(({ answer }) => answer)).toEqual(texts.map((text) => `${text}${text}`.slice(0, 20)));
  expect((await ask("last")).keys).toBeUndefined();
});

it("gives a letter back that nobody takes", async () => {
  expect(await ask("unread", { reads: "0" })).toEqual({
    err: "no worker leads at the moment",
    keys: ["1:letters"],
  });
  expect(await ask("read")).toEqual({ answer: "readread", length: 8 });
});

it("says that a letter has no room, and takes the next one when there is some", async () => {
  await nginx.call("/fill");
  expect((await ask("x")).err).toBe("no memory");
  await nginx.call("/empty");
  expect(await ask("12345678", { times: "1000" })).toEqual({
    answer: "12345678123456781234",
    length: 16_000,
  });
});
