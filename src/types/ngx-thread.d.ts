interface NgxLightThread {
  readonly isLightThread: unique symbol;
}

/** @noSelf */
interface NgxThreadApi {
  spawn<A extends unknown[]>(body: (this: void, ...args: A) => void, ...args: A): NgxLightThread;
  /** Until the first of them ends. One that was waited for, or killed, cannot be waited for again. */
  wait(...threads: NgxLightThread[]): void;
  kill(thread: NgxLightThread): void;
}

interface NgxApi {
  readonly thread: NgxThreadApi;
}
