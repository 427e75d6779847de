import { LuaNginx } from "../support/lua-nginx";

/** Who of these holds the lock when another asks for it. */
const INIT = `
local keys = require "resty.switchboard.ngx.keys"
local PublisherLock = require("resty.switchboard.ngx.publisher-lock").PublisherLock
function take(holder)
  local dict = ngx.shared.switchboard
  dict:set(keys.PUBLISHER_KEY, holder .. ":1", 5)
  local lock, reason = PublisherLock.take(dict)
  if lock then lock:release() end
  local left = dict:get(keys.PUBLISHER_KEY)
  ngx.print(require("cjson.safe").encode { is_taken = lock ~= nil, reason = reason, left = left })
end`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/living": 'take(require("resty.switchboard.ngx.process").processId())',
      // No process has so high an id.
      "/gone": "take('4194305.7')",
    },
  });
});

it("stays with a process that lives", async () => {
  expect(await nginx.call("/living")).toMatchObject({ is_taken: false, reason: "exists" });
});

it("passes on at once when the process that held it is gone", async () => {
  expect(await nginx.call("/gone")).toEqual({ is_taken: true });
});
