import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ChatGateway } from "../support/chat-gateway";
import { startChatGateway } from "../support/chat-gateway";
import { temporaryFolder } from "../support/temporary-folder";

interface Document {
  upstreams: { chat: { peers: { id: string; weight?: number }[] } };
  routes: { id: string; path: string; upstream: string }[];
}

let chat: ChatGateway;
let file: string;

beforeEach(async () => {
  chat = await startChatGateway();
  file = path.join(temporaryFolder(), "new.json");
});

/** Writes what is in force, after a change, to the file. */
async function edit(change: (document: Document) => void): Promise<Document> {
  const document = await chat.json<Document>("config", "get");
  change(document);
  writeFileSync(file, JSON.stringify(document));
  return document;
}

describe("switchboard config", () => {
  it("compares, checks and replaces the document, and overrides clear brings the file back", async () => {
    const original = await chat.json<Document>("config", "get");
    const edited = await edit(({ upstreams }) => {
      upstreams.chat.peers[0]!.weight = 7;
    });
    const diff = await chat.run("config", "diff", file, "--exit-code");
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain("weight");
    expect(await chat.json("config", "diff", file)).toMatchObject({ differences: [expect.anything()] });

    expect(await chat.run("config", "put", file, "--dry-run")).toMatchObject({
      code: 0,
      stdout: "valid; nothing was changed\n",
    });
    expect(await chat.json("config", "get")).toEqual(original);

    expect(await chat.run("config", "put", file)).toMatchObject({
      code: 0,
      stdout: "in force, generation 2\n",
      stderr: expect.stringMatching(/^1 difference to what is in force\n/),
    });
    expect(await chat.json("config", "get")).toEqual(edited);
    expect(await chat.run("config", "diff", file, "--exit-code")).toMatchObject({
      code: 0,
      stdout: "no difference\n",
    });
    expect(await chat.json("config", "get", "--layer", "file")).toEqual(original);
    expect((await chat.run("status")).stdout).toContain("the file is shadowed by a document");

    expect((await chat.run("overrides", "clear")).stdout).toBe("overrides dropped, generation 3\n");
    expect(await chat.json("config", "get")).toEqual(original);
    expect(await chat.json("overrides", "clear")).toEqual({ generation: 3 });
  });

  it("of two editors the second is refused, and what is not valid too", async () => {
    const { stderr } = await chat.run("config", "get");
    const etag = /^ETag: (".*")\n$/.exec(stderr)![1]!;
    await edit(({ routes }) => routes.push({ id: "late", path: "/late", upstream: "chat" }));
    await chat.run("set", "chat/b", "--weight", "3");
    const late = await chat.run("config", "put", file, "--if-match", etag);
    expect(late).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^error: precondition_failed: .*\n *\(.* read it again.*\)\n$/),
    });
    const document = await edit(({ routes }) => routes.push({ id: "x", path: "/x", upstream: "none" }));
    expect(document.routes).toHaveLength(3);
    expect(document.upstreams.chat.peers[1]!.weight).toBe(3);
    const invalid = await chat.run("config", "put", file, "--json");
    expect(invalid.code).toBe(1);
    expect(invalid.stderr).toMatch(/error: invalid_config: .*\n(.*\n)*.*\/routes\/2\/upstream/);
    expect(JSON.parse(invalid.stdout)).toMatchObject({ error: { code: "invalid_config" } });
    expect((await chat.json<Document>("config", "get")).routes).toHaveLength(2);
  });
});

it("switchboard events prints a change as it happens, and those before it on request", async () => {
  await chat.run("drain", "chat/a");
  const all = chat.start("events", "--after", "0");
  const drained = /^\S+Z peer +(?=.*\bpeer=a\b)(?=.*\bto=drain\b)(?=.*\bgeneration=2\b).*$/m;
  await all.whenPrinted(drained);
  const objects = chat.start("events", "--after", "0", "--type", "peer", "--json");
  await objects.whenPrinted(/"to":"drain".*\n/);

  await chat.run("ready", "chat/a");
  await all.whenPrinted(/^\S+Z peer +(?=.*\bpeer=a\b).*\bto=ready\b/m);
  await objects.whenPrinted(/"to":"ready".*\n/);
  const told = objects.output().trimEnd().split("\n");
  expect(told.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ type: "peer", upstream: "chat", peer: "a", to: "drain", generation: 2 }),
    expect.objectContaining({ type: "peer", upstream: "chat", peer: "a", to: "ready", generation: 3 }),
  ]);
  for (const command of [all, objects]) {
    command.signal("SIGINT");
    expect(await command.whenEnded()).toBe(0);
  }
});
