import { currentGeneration } from "./parts";
import { PUBLISHER_KEY, takeoverKey, TAKEN_GENERATION_KEY } from "./keys";
import { isGone, processId } from "./process";

/** A publisher that stalled for longer may have lost its turn. */
const LOCK_TTL_S = 5;
const RENEWAL_S = 1;
/** Longer than the lock of one that is gone lasts. */
const TAKEOVER_TTL_S = 10;

let taken = 0;

/** Sees to it that one publisher writes at a time. */
export class PublisherLock {
  private readonly token: string;
  private renewedAt = ngx.now();

  private constructor(private readonly dict: NgxSharedDict) {
    taken += 1;
    this.token = `${processId()}:${taken}`;
  }

  /** @returns `undefined`, and "exists" if another one has it, or why the dict could not take it */
  static take(dict: NgxSharedDict): LuaMultiReturn<[lock: PublisherLock | undefined, reason?: string]> {
    const lock = new PublisherLock(dict);
    let [isFree, err] = dict.safe_add(PUBLISHER_KEY, lock.token, LOCK_TTL_S);
    if (isFree !== true && lock.endIfGone()) {
      [isFree, err] = dict.safe_add(PUBLISHER_KEY, lock.token, LOCK_TTL_S);
    }
    if (isFree !== true) return $multi(undefined, err ?? "not stored");
    return $multi(lock);
  }

  /** To be called now and then in long work. */
  renew(): void {
    const now = ngx.now();
    if (now - this.renewedAt < RENEWAL_S && now >= this.renewedAt) return;
    this.renewedAt = now;
    if (this.isHeld()) this.dict.expire(PUBLISHER_KEY, LOCK_TTL_S);
  }

  /**
   * Whether everything is as this publisher has left it. One that stalled until its lock ended goes on if nobody has come
   * in between: a generation that was taken since shows that somebody has.
   * @param generation the one this publisher took
   */
  isUndisturbed(generation: number, before: number): boolean {
    if (!this.isHeld()) this.dict.safe_add(PUBLISHER_KEY, this.token, LOCK_TTL_S);
    const [last] = this.dict.get(TAKEN_GENERATION_KEY);
    return this.isHeld() && last === generation && currentGeneration(this.dict) === before;
  }

  release(): void {
    if (this.isHeld()) this.dict.delete(PUBLISHER_KEY);
  }

  /** One publisher alone may end the lock of another that died, or a slow one would end the lock that came after it. */
  private endIfGone(): boolean {
    const { dict } = this;
    const [holder] = dict.get(PUBLISHER_KEY);
    if (typeof holder !== "string") return true;
    const [id] = string.match(holder, "^(.*):%d+$");
    if (id === undefined || !isGone(id)) return false;
    const [isMine] = dict.safe_add(takeoverKey(holder), true, TAKEOVER_TTL_S);
    if (isMine !== true) return false;
    const [current] = dict.get(PUBLISHER_KEY);
    if (current === holder) dict.delete(PUBLISHER_KEY);
    return true;
  }

  private isHeld(): boolean {
    const [holder] = this.dict.get(PUBLISHER_KEY);
    return holder === this.token;
  }
}
