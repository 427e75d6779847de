import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly generation?: number;
  readonly hasChanged?: boolean;
  readonly err?: string;
  readonly current: number;
  readonly stateSeq: number;
  /** By upstream, the weights of its first and its last peer and how many it has. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly routes: string;
  readonly documentBytes: number;
  readonly keys: readonly string[];
}

/** `what` names upstreams as `NAME=PEERS:WEIGHT`: so many peers, the first with the weight and the others with 1. */
const INIT = `
local New = require "resty.switchboard.lualib".__TS__New
local reading = require "resty.switchboard.ngx.parts"
local dict = ngx.shared.switchboard
local publisher = New(require "resty.switchboard.ngx.publication".DictPublisher, dict)
local json = require("cjson.safe").new()
local prepared

local function peers(count, weight)
  local list = {}
  for index = 1, count do
    list[index] = { id = "peer-" .. index, address = "127.0.0.1:80", weight = index == 1 and weight or 1, maxConns = 0,
      isBackup = false, zone = "", state = "ready" }
  end
  return list
end

local function wanted(args)
  local what = { isWhole = args.whole == "1", upstreams = {}, stateSeq = tonumber(args.seq or 0) }
  for name, count, weight in (args.what or ""):gmatch("(%w+)=(%d+):(%d+)") do
    table.insert(what.upstreams, { name = name, peers = peers(tonumber(count), tonumber(weight)), retries = 2 })
  end
  if args.routes then
    what.routes = {}
    for id in args.routes:gmatch("%w+") do table.insert(what.routes, { id = id, path = "/" .. id, hosts = {} }) end
  end
  if args.document then what.documentText = ("x"):rep(tonumber(args.document)) end
  return what
end

local function describe(manifest)
  local upstreams, routes = {}, {}
  for index, generation in ipairs(manifest.directories) do
    for _, entry in ipairs(reading.readDirectory(dict, index - 1, generation)) do
      local found = {}
      for _, chunk in ipairs(entry.chunks) do
        for _, peer in ipairs(reading.readPeers(dict, entry.name, chunk)) do table.insert(found, peer) end
      end
      upstreams[entry.name] = ("%d..%d of %d"):format(found[1].weight, found[#found].weight, #found)
    end
  end
  for index, generation in ipairs(manifest.routes) do
    for _, route in ipairs(reading.readRoutes(dict, index - 1, generation)) do table.insert(routes, route.id) end
  end
  table.sort(routes)
  return upstreams, table.concat(routes, " ")
end

function outcome(answer)
  answer.current = reading.currentGeneration(dict)
  local manifest = reading.readManifest(dict, answer.current)
  if manifest then
    answer.stateSeq = manifest.stateSeq
    answer.upstreams, answer.routes = describe(manifest)
    answer.documentBytes = #(reading.readDocumentText(dict) or "")
  end
  answer.keys = dict:get_keys(0)
  ngx.print(json.encode(answer))
end

function prepare()
  local err
  prepared, err = publisher:prepare(wanted(ngx.req.get_uri_args()), function() end)
  outcome { err = err, generation = prepared and prepared.generation, hasChanged = prepared and prepared.hasChanged }
end

function commit()
  local _, err = prepared:commit()
  outcome { err = err }
end

function abort()
  prepared:abort()
  outcome {}
end`;

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/prepare": "prepare()",
      "/commit": "commit()",
      "/abort": "abort()",
      "/expire": 'ngx.shared.switchboard:delete("1:publisher") outcome {}',
      "/clear": "ngx.shared.switchboard:flush_all() ngx.shared.switchboard:flush_expired() outcome {}",
    },
  });
});

beforeEach(() => nginx.call("/clear"));

const BASE = { whole: "1", what: "a=3:1 b=3:1", routes: "r s", document: "10", seq: "5" };

function prepare(query: Readonly<Record<string, string>>): Promise<Outcome> {
  return nginx.call("/prepare", query);
}

async function publish(query: Readonly<Record<string, string>>): Promise<Outcome> {
  expect(await prepare(query)).not.toHaveProperty("err");
  return nginx.call("/commit");
}

it("nothing is visible before the commit, and all of it after", async () => {
  await publish(BASE);
  const prepared = await prepare({ ...BASE, what: "a=3:7 c=1:1", routes: "t", document: "20", seq: "6" });
  expect(prepared).toMatchObject({
    generation: 2,
    hasChanged: true,
    current: 1,
    upstreams: { a: "1..1 of 3", b: "1..1 of 3" },
    routes: "r s",
    documentBytes: 10,
  });
  expect(await nginx.call<Outcome>("/commit")).toMatchObject({
    current: 2,
    stateSeq: 6,
    upstreams: { a: "7..1 of 3", c: "1..1 of 1" },
    routes: "t",
    documentBytes: 20,
  });
});

it("leaves every key as it was when it is aborted", async () => {
  const { keys } = await publish(BASE);
  await prepare({ ...BASE, what: "a=3:7 c=1:1", routes: "t", document: "20", seq: "6" });
  const aborted = await nginx.call<Outcome>("/abort");
  const withCounter = [...keys, "1:taken-generation"];
  expect(new Set(aborted.keys)).toEqual(new Set(withCounter));
  expect(aborted.upstreams).toEqual({ a: "1..1 of 3", b: "1..1 of 3" });
});

it("a part of it leaves everything else alone", async () => {
  const before = await publish(BASE);
  const after = await publish({ what: "b=3:4", seq: "6" });
  expect(after.upstreams).toEqual({ a: "1..1 of 3", b: "4..1 of 3" });
  expect(after).toMatchObject({ routes: "r s", documentBytes: 10, stateSeq: 6 });
  const ofOthers = (keys: readonly string[]) => keys.filter((key) => /:a:|routes|document/.test(key)).sort();
  expect(ofOthers(after.keys)).toEqual(ofOthers(before.keys));
});

it("one changed peer of many replaces one part of its upstream", async () => {
  const before = await publish({ ...BASE, what: "a=500:1" });
  const after = await publish({ ...BASE, what: "a=500:2" });
  expect(after.upstreams).toEqual({ a: "2..1 of 500" });
  const ofPeers = ({ keys }: Outcome) => keys.filter((key) => key.startsWith("1:peers:"));
  expect(ofPeers(after).length).toBeGreaterThanOrEqual(3);
  expect(ofPeers(after).filter((key) => !before.keys.includes(key))).toHaveLength(1);
  expect(ofPeers(after)).toHaveLength(ofPeers(before).length);
});

it("is no generation of its own where nothing differs", async () => {
  await publish(BASE);
  expect(await prepare(BASE)).toMatchObject({ generation: 1, hasChanged: false });
  expect(await nginx.call<Outcome>("/commit")).toMatchObject({ current: 1 });
});

it("keeps a document of several pieces", async () => {
  expect(await publish({ ...BASE, document: "30000" })).toMatchObject({ documentBytes: 30_000 });
  expect(await publish({ ...BASE, document: "70000" })).toMatchObject({ documentBytes: 70_000 });
  const { keys, documentBytes } = await publish({ ...BASE, document: "5" });
  expect(documentBytes).toBe(5);
  expect(keys.filter((key) => key.startsWith("1:document:"))).toHaveLength(1);
});

it("refuses who has read less of the state log than what is published", async () => {
  await publish(BASE);
  const refused = await prepare({ ...BASE, what: "a=3:9", seq: "4" });
  expect(refused).toMatchObject({ err: "the state was read before its newest change", current: 1 });
  expect(await publish({ ...BASE, what: "a=3:9", seq: "5" })).toMatchObject({ current: 2 });
});

it("is refused while another one is prepared, and goes on when its lock has ended and nobody came", async () => {
  await prepare(BASE);
  await nginx.call("/expire");
  expect(await nginx.call<Outcome>("/commit")).toMatchObject({ current: 1 });
  await prepare({ ...BASE, what: "a=3:2" });
  expect(await prepare({ ...BASE, what: "a=3:3" })).toMatchObject({ err: "another process is publishing" });
});
