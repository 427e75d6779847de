const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const PARENT_CHECK_MS = 250;

/** Resolves at the first signal that asks this process to stop, or when the npm that runs it has been killed. */
export function whenToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    // They stay: npm passes on the Ctrl-C that the terminal has sent here already, and a second one must not cut the stop.
    for (const name of STOP_SIGNALS) process.on(name, () => resolve());
    if (process.env["npm_lifecycle_event"] === undefined) return;
    const npm = process.ppid;
    setInterval(() => {
      if (process.ppid !== npm) resolve();
    }, PARENT_CHECK_MS).unref();
  });
}
