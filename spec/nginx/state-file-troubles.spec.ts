import { execFileSync } from "node:child_process";
import { chownSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { adminRequest } from "../support/admin-request";
import { documentOf, readExpected, weightsInForce } from "../support/asked-changes";
import { onCleanup } from "../support/cleanup";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { startNamedBackend, probe } from "../support/worker-probe";
import { readStatus, whenStatus } from "../support/run-time-status";
import { waitFor } from "../support/wait-for";

const PEER = "/v1/upstreams/chat/peers/a";

function start(config: object = documentOf(0)): Promise<Gateway> {
  return startGateway({ config });
}

function stateFolder({ directory }: Gateway): string {
  return path.join(directory, "state");
}

function stateFile(gateway: Gateway): string {
  return path.join(stateFolder(gateway), "switchboard.jsonl");
}

/** @returns the status and, if it is refused, the code and the message */
async function setWeight(gateway: Gateway, weight: number): Promise<[number, string, string]> {
  const body = { weight };
  const { status, json } = await adminRequest<{ error?: { code: string; message: string } }>(
    gateway,
    "PATCH",
    PEER,
    {
      body,
    },
  );
  return [status, json.error?.code ?? "", json.error?.message ?? ""];
}

async function weight(gateway: Gateway): Promise<number> {
  const { weights } = await readExpected(gateway);
  expect(await weightsInForce(gateway)).toEqual(weights);
  return weights["a"]!;
}

describe("a change that the disk does not take", () => {
  it("is refused while the disk is full, and changes nothing", async () => {
    const backend = await startNamedBackend("b");
    const peers = [{ id: "a", address: backend.address, zone: "base-0" }];
    const gateway = await start({ upstreams: { chat: { peers } }, routes: documentOf(0).routes });
    await weight(gateway);
    await gateway.kill();
    const { uid, gid } = statSync(stateFolder(gateway));
    execFileSync("mount", [
      "-t",
      "tmpfs",
      "-o",
      `size=64k,mode=700,uid=${uid},gid=${gid}`,
      "tmpfs",
      stateFolder(gateway),
    ]);
    onCleanup(() => void execFileSync("umount", ["-l", stateFolder(gateway)]));
    await gateway.start();
    expect(await setWeight(gateway, 2)).toEqual([200, "", ""]);
    const filler = path.join(stateFolder(gateway), "filler");
    try {
      writeFileSync(filler, "x".repeat(65_536));
    } catch {
      // As full as it gets; the page that the state file has begun is left to it.
    }
    const before = await readStatus(gateway);
    const full = /switchboard\.jsonl: cannot write to: No space left on device \(as user \w+ \(\d+\)\)/;
    const body = JSON.stringify(documentOf(9)).padEnd(40_000, " ");
    const headers = { "if-match": "*" };
    const { status, text } = await adminRequest(gateway, "PUT", "/v1/config", { body, headers });
    expect([status, text]).toEqual([503, expect.stringMatching(full)]);
    expect(text).toContain('"state_not_writable"');
    expect(await weight(gateway)).toBe(2);
    const after = await readStatus(gateway);
    expect(after.generation).toBe(before.generation);
    expect(after.state_error).toMatch(full);
    expect(await probe(gateway)).toMatchObject({ status: 101, backend: "b" });
    rmSync(filler);
    expect(await setWeight(gateway, 901)).toEqual([200, "", ""]);
    expect((await readStatus(gateway)).state_error).toBe("");
    await gateway.kill();
    await gateway.start();
    expect(await weight(gateway)).toBe(901);
  });

  const SPOILT: readonly (readonly [spoil: (gateway: Gateway) => () => void, reason: RegExp])[] = [
    [
      (gateway: Gateway) => {
        const { uid, gid } = statSync(stateFolder(gateway));
        chownSync(stateFolder(gateway), 0, 0);
        return () => chownSync(stateFolder(gateway), uid, gid);
      },
      /switchboard\.jsonl(\.tmp)?: cannot open: Permission denied \(as user \w+ \(\d+\)\)/,
    ],
    [
      (gateway: Gateway) => {
        renameSync(stateFolder(gateway), `${stateFolder(gateway)}.away`);
        return () => renameSync(`${stateFolder(gateway)}.away`, stateFolder(gateway));
      },
      /switchboard\.jsonl: cannot open: No such file or directory \(as user \w+ \(\d+\)\)/,
    ],
  ];

  it("is refused at a start where the folder may not be written to or is not there, until it may", async () => {
    // Both to their end, so that none starts nginx again after the test.
    const ends = await Promise.allSettled(SPOILT.map(([spoil, reason]) => startSpoilt(spoil, reason)));
    expect(ends).toEqual(SPOILT.map(() => expect.objectContaining({ status: "fulfilled" })));
  });

  async function startSpoilt(spoil: (gateway: Gateway) => () => void, reason: RegExp): Promise<void> {
    const gateway = await start();
    expect(await setWeight(gateway, 5)).toEqual([200, "", ""]);
    await gateway.kill();
    const repair = spoil(gateway);
    await gateway.start();
    const { state_error } = await whenStatus(gateway, { state_error: reason });
    expect(gateway.errorLog()).toContain(state_error);
    expect(await setWeight(gateway, 6)).toEqual([503, "state_not_writable", expect.stringMatching(reason)]);
    repair();
    await whenStatus(gateway, { state_error: "" });
    expect(await weight(gateway)).toBe(5);
    expect(await setWeight(gateway, 7)).toEqual([200, "", ""]);
    await gateway.kill();
    await gateway.start();
    expect(await weight(gateway)).toBe(7);
  }

  it("is refused while the folder is gone, and writes all of it anew when it is back", async () => {
    const gateway = await start();
    expect(await setWeight(gateway, 5)).toEqual([200, "", ""]);
    const { uid, gid } = statSync(stateFolder(gateway));
    rmSync(stateFolder(gateway), { recursive: true });
    await whenStatus(gateway, { state_error: /switchboard\.jsonl.*No such file/ });
    expect(await setWeight(gateway, 6)).toEqual([
      503,
      "state_not_writable",
      expect.stringMatching(/No such file/),
    ]);
    expect(await weight(gateway)).toBe(5);
    execFileSync("mkdir", [stateFolder(gateway)]);
    chownSync(stateFolder(gateway), uid, gid);
    await waitFor(() => readdirSync(stateFolder(gateway)).includes("switchboard.jsonl"));
    await whenStatus(gateway, { state_error: "" });
    await gateway.kill();
    await gateway.start();
    expect(await weight(gateway)).toBe(5);
  });
});

it("writes its file anew when it was deleted, before and after a change", async () => {
  const gateway = await start();
  expect(await setWeight(gateway, 5)).toEqual([200, "", ""]);
  rmSync(stateFile(gateway));
  expect(await setWeight(gateway, 6)).toEqual([200, "", ""]);
  await gateway.reload();
  expect(await weight(gateway)).toBe(6);
  rmSync(stateFile(gateway));
  await gateway.reload();
  expect((await readStatus(gateway)).last_reload_error).toBe("");
  expect(await weight(gateway)).toBe(6);
  await gateway.kill();
  await gateway.start();
  expect(await weight(gateway)).toBe(6);
});

function line(record: string): string {
  return `["${crc32(record).toString(16).padStart(8, "0")}",${record}]\n`;
}

function flip(text: string, at: number): string {
  const other = text[at] === "x" ? "y" : "x";
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe("a state file that is spoilt at the start", () => {
  let gateway: Gateway;
  let good: string;

  /** Three changes: weights 5, 6, 7. */
  beforeAll(async () => {
    gateway = await start();
    for (const each of [5, 6, 7]) await setWeight(gateway, each);
    await gateway.kill();
    good = readFileSync(stateFile(gateway), "utf8");
    expect(good.trimEnd().split("\n")).toHaveLength(4);
  });

  afterEach(() => gateway.kill());

  async function startOn(text: string): Promise<readonly string[]> {
    for (const name of readdirSync(stateFolder(gateway))) {
      if (name !== "switchboard.jsonl") rmSync(path.join(stateFolder(gateway), name));
    }
    writeFileSync(stateFile(gateway), text);
    const logged = gateway.errorLog().length;
    await gateway.start();
    await readExpected(gateway);
    const { state_error } = await readStatus(gateway);
    if (state_error !== "") expect(gateway.errorLog().slice(logged)).toContain(state_error);
    return readdirSync(stateFolder(gateway)).filter((name) => name.includes("corrupt"));
  }

  it.each([
    ["garbage", () => "garbage\n".repeat(10), /line 1: it is no record/],
    ["binary garbage without an end", () => "\0\u0001\u0002".repeat(5_000), /line 1: it is no record/],
    [
      "cut in the middle, and gone on with",
      () => good.slice(0, -40) + good.split("\n").slice(2).join("\n"),
      /line \d: /,
    ],
    [
      "with another byte in the middle",
      () => flip(good, good.indexOf("\n", 60) - 10),
      /line 2: its checksum is wrong/,
    ],
    [
      "of another version",
      () => line('{"version":99,"seq":0}') + good.split("\n").slice(1).join("\n"),
      /its version is 99, not 1/,
    ],
    [
      "with a sound line that says nothing",
      () => good + line('{"seq":9,"kind":"odd"}') + line("{}"),
      /line 5: /,
    ],
    ["that is huge", () => "x".repeat(50 * 1024 * 1024), /line 1: it is too long/],
  ])("%s, is set aside, and the config file holds", async (_what, text, reason) => {
    const spoilt = text();
    const aside = await startOn(spoilt);
    expect(aside).toEqual([expect.stringMatching(/^switchboard\.jsonl\.corrupt-\d+$/)]);
    expect(readFileSync(path.join(stateFolder(gateway), aside[0]!), "utf8") === spoilt).toBe(true);
    const { state_error } = await readStatus(gateway);
    expect(state_error).toMatch(reason);
    expect(state_error).toContain(
      `the run-time changes in it are lost; kept as ${path.join(stateFolder(gateway), aside[0]!)}`,
    );
    expect(await weight(gateway)).toBe(1);
    expect(await setWeight(gateway, 9)).toEqual([200, "", ""]);
    await gateway.kill();
    await gateway.start();
    expect(await weight(gateway)).toBe(9);
    expect((await readStatus(gateway)).state_error).toBe("");
  });

  it("by a last line that was not finished, holds without it", async () => {
    expect(await startOn(good.slice(0, -5))).toEqual([]);
    expect(await weight(gateway)).toBe(6);
    expect((await readStatus(gateway)).state_error).toBe("");
  });

  it("by another byte in the last line, holds without it, and a copy is kept", async () => {
    const spoilt = flip(good, good.length - 10);
    const aside = await startOn(spoilt);
    expect(aside).toEqual([expect.stringMatching(/^switchboard\.jsonl\.corrupt-\d+$/)]);
    expect(readFileSync(path.join(stateFolder(gateway), aside[0]!), "utf8")).toBe(spoilt);
    expect(await weight(gateway)).toBe(6);
    expect((await readStatus(gateway)).state_error).toMatch(
      /line 4: its checksum is wrong; it is left out; kept as/,
    );
  });

  it("by being a folder, is said to be one", async () => {
    rmSync(stateFile(gateway));
    execFileSync("mkdir", [stateFile(gateway)]);
    onCleanup(() => rmSync(stateFile(gateway), { recursive: true }));
    await gateway.start();
    await whenStatus(gateway, { state_error: /switchboard\.jsonl: cannot open: Is a directory/ });
    expect(await setWeight(gateway, 6)).toMatchObject([
      503,
      "state_not_writable",
      expect.stringContaining("Is a directory"),
    ]);
    await gateway.kill();
  });
});
