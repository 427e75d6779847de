/** @noSelf */
declare module "ngx.semaphore" {
  export interface Semaphore {
    post(this: Semaphore, count: number): void;
    /** @returns whether there was something to take before the time was over */
    wait(this: Semaphore, timeoutS: number): LuaMultiReturn<[true] | [false | undefined, string]>;
  }
  function create(count: number): LuaMultiReturn<[Semaphore] | [undefined, string]>;
  export { create as new };
}
