/** What runs now and how to stop it; the last started stops first. */
export class Running {
  private readonly stops: (() => void | Promise<void>)[] = [];
  private readonly controller = new AbortController();

  /** Starts something, unless the end has begun. `start` must be synchronous, so that nothing is started unseen. */
  add<T>(start: () => T, stop: (started: T) => void | Promise<void>): T {
    this.controller.signal.throwIfAborted();
    const started = start();
    this.stops.push(() => stop(started));
    return started;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    for (const stop of this.stops.reverse()) await stop();
  }
}
