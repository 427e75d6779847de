import * as semaphore from "ngx.semaphore";
import type { Semaphore } from "ngx.semaphore";

/** It is looked at again after so long, whoever forgot to open it. */
const LONGEST_S = 1;

/** Where a thread waits until another lets it go on. Nearly no session ever needs one. */
export class Gate {
  private readonly semaphore: Semaphore | undefined;
  private isWaiting = false;

  constructor() {
    const [made] = semaphore.new(0);
    this.semaphore = made;
  }

  open(): void {
    // Opened for nobody, it would let a later one through.
    if (this.isWaiting) this.semaphore?.post(1);
  }

  wait(): void {
    this.isWaiting = true;
    if (this.semaphore === undefined) ngx.sleep(LONGEST_S);
    else this.semaphore.wait(LONGEST_S);
    this.isWaiting = false;
  }
}
