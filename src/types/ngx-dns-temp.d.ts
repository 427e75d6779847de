/** @noSelf */
declare namespace ngx {
  interface LightThread {
    readonly __lightThread: unique symbol;
  }
  function sleep(seconds: number): void;
  namespace thread {
    function spawn<A extends unknown[]>(body: (this: void, ...args: A) => void, ...args: A): LightThread;
    function wait(...threads: LightThread[]): void;
    function kill(thread: LightThread): void;
  }
  namespace timer {
    function at<A extends unknown[]>(
      delay: number,
      callback: (this: void, isPremature: boolean, ...args: A) => void,
      ...args: A
    ): LuaMultiReturn<[handle: number] | [handle: undefined, err: string]>;
  }
}
