import { LuaNginx } from "../support/lua-nginx";

const INIT = `
isBusy = false

function work(seconds)
  isBusy = true
  ngx.timer.at(0, function()
    local pause = require "resty.switchboard.ngx.chore".slicer()
    local ends = ngx.now() + seconds
    repeat pause() until ngx.now() > ends
    isBusy = false
  end)
end`;

it("a worker answers requests between the slices of long work", async () => {
  const nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/work": 'work(2) ngx.print("true")',
      "/busy": "ngx.print(tostring(isBusy))",
    },
  });
  await nginx.call("/work");
  expect(await nginx.call<boolean>("/busy")).toBe(true);
});
