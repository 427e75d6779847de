import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly content?: string;
  readonly err?: string;
}

const READ = `
local files = require "resty.switchboard.ngx.files"
local path = ngx.config.prefix() .. ngx.req.get_uri_args().name
local content, err = files.readFile(path, tonumber(ngx.var.arg_limit))
ngx.print(require("cjson.safe").encode { content = content, err = err })`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start(
    { init: 'require "resty.switchboard.ngx.files"', locations: { "/read": READ } },
    { "data/small": "one\r\ntwo\n", "data/empty": "" },
  );
});

async function read(name: string, limit: number): Promise<Outcome> {
  return nginx.call("/read", { name, limit: String(limit) });
}

describe("readFile", () => {
  it("returns the content as it is", async () => {
    expect(await read("data/small", 9)).toEqual({ content: "one\r\ntwo\n" });
    expect(await read("data/empty", 9)).toEqual({ content: "" });
  });

  it("refuses a file above the limit by its size", async () => {
    expect((await read("data/small", 8)).err).toMatch(/data\/small: 9 bytes; no more than 8 are read$/);
  });

  it("says why a file cannot be read", async () => {
    expect((await read("data/none", 9)).err).toMatch(/data\/none: No such file or directory$/);
    expect((await read("data", 9)).err).toMatch(/data: Is a directory$/);
  });
});
