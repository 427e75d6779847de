/**
 * Whatever a spec starts is registered here and stopped, even if the spec fails: after the test that started it, or at
 * the end of the file if a `beforeAll` did. The hooks are registered for every live spec by `live.ts`.
 */
type Stop = () => void | Promise<void>;

const ofTest: Stop[] = [];
const ofFile: Stop[] = [];
let isInTest = false;

/** Stops run in the opposite order of their registration, each once. */
export function onCleanup(stop: Stop): void {
  (isInTest ? ofTest : ofFile).push(stop);
}

export function registerCleanupHooks(): void {
  beforeEach(() => {
    isInTest = true;
  });
  afterEach(async () => {
    isInTest = false;
    await runAll(ofTest);
  });
  afterAll(() => runAll(ofFile));
}

/** All of them run whatever happens; the first error fails the test. */
async function runAll(stops: Stop[]): Promise<void> {
  const errors: unknown[] = [];
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    try {
      await stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
