import type { Fallible } from "../../core/fallible";
import { HEALTH_CHANGES_KEY, healthChangeKey } from "../keys";
import { NumberedLog } from "../numbered-log";

/** The peers of one upstream whose health has changed. */
export interface ChangedPeers {
  readonly upstream: string;
  readonly keys: readonly string[];
}

/** Longer than any worker takes to look; one that was stopped for longer looks at all peers. */
const TTL_S = 60;
const KEYS_EACH = 64;

/** How workers learn whose health has changed. */
export class ChangeLog {
  private readonly entries: NumberedLog;

  constructor(dict: NgxSharedDict) {
    this.entries = new NumberedLog(dict, HEALTH_CHANGES_KEY, healthChangeKey, TTL_S);
  }

  /** @returns why it could not be told, if so: readers then look at all peers */
  tell(upstream: string, keys: readonly string[]): string | undefined {
    let refusal: string | undefined;
    for (let first = 0; first < keys.length; first += KEYS_EACH) {
      const text = `${upstream}\n${keys.slice(first, first + KEYS_EACH).join("\n")}`;
      const [number, err] = this.entries.give(text);
      if (number === undefined) refusal = err;
    }
    return refusal;
  }

  isBehind(): boolean {
    return this.entries.isBehind();
  }

  next(): Fallible<ChangedPeers> {
    const entry = this.entries.next();
    if (entry === undefined) return $multi(undefined, "nothing new");
    const [upstream, ...keys] = entry.text.split("\n");
    return $multi({ upstream: upstream ?? "", keys });
  }

  /** Whether something was told that cannot be read any more. */
  takeMissed(): boolean {
    return this.entries.takeMissed();
  }
}
