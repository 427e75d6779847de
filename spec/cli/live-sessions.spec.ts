import type { ChatGateway } from "../support/chat-gateway";
import { startChatGateway } from "../support/chat-gateway";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { Crowd } from "../support/crowd";
import { waitFor } from "../support/wait-for";

interface Session {
  readonly id: string;
  readonly route: string;
  readonly peer: string;
}

/** More than one answer of the API has. */
const MANY = 1_010;

async function listed(chat: ChatGateway, ...filter: string[]): Promise<readonly Session[]> {
  return (await chat.json<{ sessions: readonly Session[] }>("sessions", ...filter)).sessions;
}

/** The list follows what happens at a short distance. */
function whenListed(chat: ChatGateway, sessions: number, ...filter: string[]): Promise<readonly Session[]> {
  const look = async (): Promise<false | readonly Session[]> => {
    const found = await listed(chat, ...filter);
    return found.length === sessions && found;
  };
  return waitFor(look, { what: `a list of ${sessions} sessions` });
}

async function whenClosed(clients: readonly Client[]): Promise<void> {
  await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: "the end of the sockets" });
}

it("sessions are listed by what is asked for, and ended one by one, all at once, or at a rate", async () => {
  const chat = await startChatGateway();
  const [ofA, ofB] = [await chat.connectTo("a", 4), await chat.connectTo("b", 2)];
  const news = await connect(chat.gateway.url("/news"));
  await whenListed(chat, 7);
  expect(new Set((await listed(chat, "--route", "rooms", "--peer", "a")).map(({ peer }) => peer))).toEqual(
    new Set(["a"]),
  );
  expect(await listed(chat, "--upstream", "none")).toEqual([]);
  expect(await listed(chat, "--limit", "2")).toHaveLength(2);
  const { stdout } = await chat.run("sessions", "--route", "news");
  expect(stdout).toMatch(
    /^SESSION +CLIENT .*\n[\w-]+ +127\.0\.0\.1:\d+ +news +chat\/[ab] +\d+ +\d{4}-\S+Z +\S+B +\S+B\n$/,
  );

  const [{ id }] = (await listed(chat, "--route", "news")) as [Session];
  expect(await chat.run("kill", id)).toEqual({ code: 0, stdout: "ended 1 session\n", stderr: "" });
  await whenClosed([news]);
  expect(await chat.run("kill", id)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: no_such_session: .*\n$/),
  });

  expect((await chat.run("kill", "--peer", "b")).code).toBe(3);
  expect((await chat.run("kill", "--yes")).code).toBe(3);
  expect(await chat.json("kill", "--peer", "b", "--upstream", "chat", "--yes")).toMatchObject({ closed: 2 });
  await whenClosed(ofB);
  for (const client of ofA) expect(await client.ask("still there")).toContain("still there");

  await whenListed(chat, 4);
  const paced = await chat.run("kill", "--peer", "a", "--rate", "4", "--yes");
  expect(paced).toEqual({ code: 0, stdout: "accepted: ending 4 sessions, 4 in a second\n", stderr: "" });
  await whenClosed(ofA);
  await whenListed(chat, 0);
  expect(await chat.json("kill", "--route", "rooms", "--rate", "9", "--yes")).toMatchObject({
    closing: 0,
    rate: 9,
  });
});

it("sessions that need several answers are listed once each", async () => {
  const chat = await startChatGateway();
  const crowd = new Crowd();
  const backend = await crowd.startBackend();
  await chat.run("add", "chat", backend.address, "--id", "crowd");
  for (const peer of ["chat/a", "chat/b"]) await chat.run("drain", peer);
  crowd.port = chat.gateway.port;
  await Promise.all(Array.from({ length: MANY }, () => crowd.open("rooms")));
  const found = await whenListed(chat, MANY);
  expect(new Set(found.map(({ id }) => id)).size).toBe(MANY);
  expect((await chat.run("sessions")).stdout.trimEnd().split("\n")).toHaveLength(MANY + 1);
  expect(await listed(chat, "--limit", "1001", "--peer", "crowd")).toHaveLength(1_001);
});
