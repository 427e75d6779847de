import { FULL_DICT } from "../support/full-dict";
import { LuaNginx } from "../support/lua-nginx";
import { waitFor } from "../support/wait-for";

interface State {
  /** Of `moving.test`, as workers see them. */
  readonly addresses: string;
  /** How many keys of addresses there are. */
  readonly keys: number;
  readonly generation: number;
  readonly isRetryDue: boolean;
}

const INIT = `${FULL_DICT}
local module = require "resty.switchboard.ngx.addresses"
local book = require "resty.switchboard.lualib".__TS__New(module.AddressBook, dict, {
  write = function(_, level, message) ngx.log(ngx.NOTICE, level, ": ", message) end,
})
dict:set("1:address-generation", 0)

function publish(count)
  local addresses = {}
  for nth = 1, count do addresses[nth] = "10.0.0." .. nth end
  book:publish({ "moving.test" }, function() return addresses end)
end
function keepOnly(names) book:keepOnly(names) end

function state()
  local keys = 0
  for _, key in ipairs(dict:get_keys(0)) do if key:find("^1:addresses:") then keys = keys + 1 end end
  ngx.print(require("cjson.safe").encode {
    addresses = table.concat(module.addressesIn(dict)("moving.test") or {}, " "),
    keys = keys,
    generation = dict:get("1:address-generation"),
    isRetryDue = book:isRetryDue(),
  })
end`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/publish": "publish(tonumber(ngx.var.arg_count)) state()",
      "/keep-none": "keepOnly({}) state()",
      "/fill": "fill() state()",
      "/empty": "empty() state()",
      "/state": "state()",
    },
  });
});

function publish(count: number): Promise<State> {
  return nginx.call("/publish", { count: String(count) });
}

function logged(pattern: RegExp): number {
  return (nginx.errorLog().match(pattern) ?? []).length;
}

it("what does not fit leaves the addresses before in place, is told once, and is due again later", async () => {
  const few = "10.0.0.1 10.0.0.2";
  expect(await publish(2)).toEqual({ addresses: few, keys: 2, generation: 1, isRetryDue: false });
  await nginx.call("/fill");
  expect(await publish(200)).toMatchObject({ addresses: few, isRetryDue: false });
  await waitFor(async () => (await nginx.call<State>("/state")).isRetryDue);
  expect(await publish(200)).toMatchObject({ addresses: few, isRetryDue: false });
  expect(logged(/error: the shared dict `switchboard` cannot hold the addresses of all names/g)).toBe(1);

  await nginx.call("/empty");
  const { addresses } = await publish(200);
  expect(addresses.split(" ")).toHaveLength(200);
  expect(logged(/notice: the addresses of all names are published again/g)).toBe(1);
});

it("a name that no peer has any more leaves nothing", async () => {
  await publish(2);
  expect(await nginx.call("/keep-none")).toMatchObject({ addresses: "", keys: 0 });
});

it("an address that a name has not had at first is published with its time, which stays", async () => {
  await nginx.call("/keep-none");
  expect(await publish(1)).toMatchObject({ addresses: "10.0.0.1" });
  const { addresses } = await publish(2);
  expect(addresses).toMatch(/^10\.0\.0\.1 10\.0\.0\.2@\d{10}[.\d]*$/);
  const third = (await publish(3)).addresses;
  expect(third.startsWith(`${addresses} 10.0.0.3@`)).toBe(true);
  expect(await publish(2)).toMatchObject({ addresses });
});
