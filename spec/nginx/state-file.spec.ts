import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { onCleanup } from "../support/cleanup";
import { LuaNginx } from "../support/lua-nginx";

interface Opened {
  readonly isWritable: boolean;
  readonly problem: string;
  readonly seq: number;
  readonly weight?: number;
  readonly err?: string;
}

const INIT = `
states = require "resty.switchboard.ngx.state-file"
function path_of() return ngx.config.prefix() .. ngx.req.get_uri_args().name end
held = {}
function change(weight)
  return { kind = "peer", upstream = "chat", peer = "a", override = { fields = { weight = weight } } }
end
function show(fields) ngx.print(require("cjson.safe").encode(fields)) end
function weight_in(state)
  local override = state:peer("chat", "a")
  return override and override.fields.weight
end`;

const OPEN = `
if held.file then held.file:close() end
held.file = states.stateFileAt(path_of())
local opened = held.file:open()
held.state = opened.state
show { isWritable = opened.isWritable, problem = opened.problem, seq = opened.seq, weight = weight_in(held.state) }`;

const APPEND = `
local made = change(tonumber(ngx.var.arg_weight))
made.override.fields.zone = ("x"):rep(tonumber(ngx.var.arg_size or 1))
local after = held.state["with"](held.state, made)
local err = held.file:append(made, after)
if err == nil then held.state = after end
show { err = err }`;

const COMPACT = "show { err = held.file:compact() }";

const READ = `
local reading, err = states.readState(path_of())
show { err = err, weight = reading and weight_in(reading.state), seq = reading and reading.seq }`;

let nginx: LuaNginx;

function folder(name: string): string {
  const made = path.join(nginx.directory, name);
  mkdirSync(made);
  chmodSync(made, 0o777);
  return made;
}

function open(name: string): Promise<Opened> {
  return nginx.call("/open", { name });
}

function append(weight: number, size = 1): Promise<{ err?: string }> {
  return nginx.call("/append", { weight: `${weight}`, size: `${size}` });
}

function read(name: string): Promise<Opened> {
  return nginx.call("/read", { name });
}

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: { "/open": OPEN, "/append": APPEND, "/compact": COMPACT, "/read": READ },
  });
});

it("keeps changes, which others read without its lock", async () => {
  const directory = folder("kept");
  expect(await read("kept/state")).toEqual({ seq: 0 });
  expect(await open("kept/state")).toEqual({ isWritable: true, problem: "", seq: 0 });
  for (const weight of [5, 6, 7]) expect(await append(weight)).toEqual({});
  expect(await read("kept/state")).toEqual({ weight: 7, seq: 3 });
  expect(await nginx.call("/compact")).toEqual({});
  expect(await append(8)).toEqual({});
  expect(await open("kept/state")).toMatchObject({ isWritable: true, weight: 8, seq: 4 });
  expect(readdirSync(directory)).toEqual(["state"]);
  appendFileSync(path.join(directory, "state"), '["0123');
  expect(await open("kept/state")).toMatchObject({ isWritable: true, problem: "", weight: 8 });
  expect(readFileSync(path.join(directory, "state"), "latin1")).not.toContain('["0123');
});

it("refuses what a full disk does not hold, and goes on when there is room", async () => {
  const directory = folder("full");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=777", "tmpfs", directory]);
  onCleanup(() => void execFileSync("umount", ["-l", directory]));
  expect(await open("full/state")).toMatchObject({ isWritable: true });
  expect(await append(5, 20_000)).toEqual({});
  expect(await append(6, 20_000)).toEqual({});
  expect((await append(7, 40_000)).err).toMatch(
    /full\/state: cannot write to: No space left on device \(as user \w+ \(\d+\)\)$/,
  );
  expect(await read("full/state")).toEqual({ weight: 6, seq: 2 });
  expect(await append(8, 10)).toEqual({});
  expect(await open("full/state")).toMatchObject({ isWritable: true, problem: "", weight: 8 });
});

it("says which folder it may not write to, and as whom", async () => {
  const directory = folder("closed");
  chmodSync(directory, 0o755);
  const opened = await open("closed/state");
  expect(opened.isWritable).toBe(false);
  expect(opened.problem).toMatch(/closed\/state: cannot open: Permission denied \(as user \w+ \(\d+\)\)/);
  expect((await append(5)).err).toBe(opened.problem);
});

it("sets a file aside that it cannot read", async () => {
  const directory = folder("corrupt");
  await open("corrupt/state");
  await append(5);
  appendFileSync(path.join(directory, "state"), "odd\nodd\n");
  expect((await read("corrupt/state")).err).toContain("corrupt/state: line 3: it is no record");
  const opened = await open("corrupt/state");
  expect(opened).toMatchObject({ isWritable: true, seq: 0 });
  expect(opened.problem).toContain("line 3: it is no record; the run-time changes in it are lost; kept as");
  expect(readdirSync(directory).sort()).toEqual(["state", expect.stringMatching(/^state\.corrupt-\d+$/)]);
});
