import { chmodSync, closeSync, mkdirSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getStatus } from "../support/admin-calls";
import { onCleanup } from "../support/cleanup";
import { connect } from "../support/client";
import { Conversation } from "../support/conversation";
import { publishedGeneration, SHOW_KEYS, whenNoPeerIsRemoved } from "../support/dict-keys";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { NAME_WORKER, probe, startNamedBackend, waitUntilLive } from "../support/worker-probe";

const WORKERS = 4;
/** What the gateway promises from the write of a file to its last worker. */
const LIVE_WITHIN_MS = 1_000;

let gateway: Gateway;
let file: string;
let addresses: Record<string, string>;

interface Document {
  readonly upstreams: object;
  readonly routes: readonly object[];
}

/** Everything goes to this backend. */
function sendTo(backend: string): Document {
  return {
    upstreams: { chat: { peers: [{ id: backend, address: addresses[backend] }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

async function configError(): Promise<string> {
  return (await getStatus(gateway)).config_error;
}

beforeAll(async () => {
  const backends = { a: await startNamedBackend("a"), b: await startNamedBackend("b") };
  addresses = { a: backends.a.address, b: backends.b.address };
  gateway = await startGateway({
    config: sendTo("a"),
    workers: WORKERS,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_KEYS,
  });
  file = path.join(gateway.directory, "conf/switchboard.json");
  // Open since before the first change, and in use throughout.
  const clients = await Promise.all(Array.from({ length: 12 }, () => connect(gateway.url())));
  const conversation = new Conversation(clients);
  onCleanup(() => conversation.end());
});

beforeEach(async () => {
  gateway.writeConfig(sendTo("a"));
  await waitUntilLive(gateway, "a");
});

describe("a valid change of the config file", () => {
  it("is live in every worker within a second when the file is replaced by a rename", async () => {
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b", LIVE_WITHIN_MS);
  });

  it("is live in every worker within a second when the file is written in place", async () => {
    gateway.writeConfig(sendTo("b"), { atomic: false });
    await waitUntilLive(gateway, "b", LIVE_WITHIN_MS);
  });

  it("makes one generation, and none when nothing in it differs", async () => {
    await whenNoPeerIsRemoved(gateway);
    const before = await publishedGeneration(gateway);
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b", LIVE_WITHIN_MS);
    expect(await publishedGeneration(gateway)).toBe(before + 1);
    // The refusal in between shows that the file was read again after it.
    gateway.writeConfig("[]");
    await waitFor(async () => (await configError()) !== "");
    gateway.writeConfig(JSON.stringify(sendTo("b")));
    await waitFor(async () => (await configError()) === "");
    expect(await publishedGeneration(gateway)).toBe(before + 1);
  });

  it("never takes effect in parts while it is being written", async () => {
    const text = JSON.stringify(sendTo("b"), undefined, 2);
    await whenNoPeerIsRemoved(gateway);
    const before = await publishedGeneration(gateway);
    const descriptor = openSync(file, "w");
    for (let at = 0; at < text.length - 1; at += Math.ceil(text.length / 8)) {
      writeSync(descriptor, text.slice(at, Math.min(at + Math.ceil(text.length / 8), text.length - 1)));
      // Long enough for the gateway to look at each part.
      await sleep(250);
      expect(await probe(gateway)).toMatchObject({ status: 101, backend: "a" });
      expect(await publishedGeneration(gateway)).toBe(before);
    }
    writeSync(descriptor, text.slice(-1));
    closeSync(descriptor);
    await waitUntilLive(gateway, "b", LIVE_WITHIN_MS);
    expect(await configError()).toBe("");
  });
});

describe("a change that cannot be used", () => {
  let logBefore: string;

  beforeEach(() => {
    logBefore = gateway.errorLog();
  });

  async function refusal(pattern: RegExp): Promise<void> {
    await waitFor(async () => pattern.test(await configError()), { what: `a config_error like ${pattern}` });
    expect(gateway.errorLog().slice(logBefore.length)).toMatch(pattern);
    expect(await probe(gateway)).toMatchObject({ status: 101, backend: "a" });
  }

  async function repair(): Promise<void> {
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b", LIVE_WITHIN_MS);
    expect(await configError()).toBe("");
  }

  it("is refused with file, place and reason, in the log and in status, until a valid one comes", async () => {
    const { upstreams, routes } = sendTo("b");
    gateway.writeConfig({ upstreams, routes: [...routes, { id: "more", path: "/more", upstream: "caht" }] });
    await refusal(/conf\/switchboard\.json: \/routes\/1\/upstream: .*"caht"/);
    await repair();
  });

  it.each([
    ["is truncated", '{"upstreams": {"chat": {"pe', /conf\/switchboard\.json: not JSON: .*end/],
    ["is empty", "", /conf\/switchboard\.json: not JSON: .*/],
    ["is too large", " ".repeat(16 * 1024 * 1024 + 1), /conf\/switchboard\.json: 16777217 bytes; .*16777216/],
  ])("names the reason where the file %s", async (_what, text, pattern) => {
    gateway.writeConfig(text);
    await refusal(pattern);
    await repair();
  });

  it("names the reason where the file is gone", async () => {
    rmSync(file);
    await refusal(/conf\/switchboard\.json: No such file or directory/);
    await repair();
  });

  it("names the reason where workers may not read the file", async () => {
    chmodSync(file, 0o000);
    await refusal(/conf\/switchboard\.json: Permission denied/);
    chmodSync(file, 0o644);
    await waitFor(async () => (await configError()) === "");
  });

  it("names the reason where a folder stands in its place", async () => {
    rmSync(file);
    mkdirSync(file);
    await refusal(/conf\/switchboard\.json: Is a directory/);
    rmdirSync(file);
    await repair();
  });
});
