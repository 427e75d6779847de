import { BrowserTalk } from "../support/rolling/browser-talk";
import { ensureChromium, startBrowser } from "../support/rolling/browser";
import { rollingRestart, sentOnVisits, setStage } from "../support/rolling/stage";
import { waitFor } from "../support/wait-for";

const OPEN = 1;
const BACKENDS = 2;
const INSTALL_TIMEOUT_MS = 300_000;
const EVERY_MS = 30;

let executable: string;
beforeAll(() => {
  executable = ensureChromium();
}, INSTALL_TIMEOUT_MS);

it("a browser keeps its WebSocket open through a rolling restart", async () => {
  const stage = await setStage({
    backends: BACKENDS,
    ownEveryMs: 50,
    pieces: 3,
    workers: 1,
    relay: {},
    spread: "200ms",
  });
  const browser = await startBrowser(executable);
  const page = await browser.newPage();
  const talk = await BrowserTalk.begin(page, stage.gateway.url("/talk"), EVERY_MS);
  const whenMoreHasCome = async (): Promise<void> => {
    const before = (await talk.look()).received;
    await waitFor(async () => (await talk.look()).received > before + 5, { what: "more messages" });
  };
  await whenMoreHasCome();
  await rollingRestart(stage, { kill: "SIGKILL", emptyWithinMs: 20_000 });
  await whenMoreHasCome();
  expect(await talk.look()).toMatchObject({ readyState: OPEN, closes: [], errors: 0 });

  await talk.stop();
  await waitFor(
    async () => {
      await talk.read();
      return talk.ledger.unanswered === 0;
    },
    { what: "the last answers" },
  );
  talk.ledger.settle(sentOnVisits(stage));
  expect(talk.ledger).toMatchObject({ faults: [], lost: 0, duplicated: 0, reordered: 0, altered: 0 });
  // Wherever it was first, that backend was restarted.
  expect(talk.ledger.visits.length).toBeGreaterThanOrEqual(BACKENDS);
  expect(await talk.look()).toMatchObject({ readyState: OPEN, closes: [], errors: 0 });
});
