import { describeEvent, type EventData, type EventType } from "../core/events/event";
import { describeOthers, healthNews, newRation } from "../core/events/health-changes";
import type { PeerChange } from "../core/events/peer-changes";
import { append, type EventStore } from "../core/events/ring";
import type { HealthChange } from "../core/health/record";
import type { Log } from "../core/ports";
import { encodeJson } from "./json";
import { EVENT_REFUSALS_KEY, eventKey, FIRST_EVENT_KEY, LAST_EVENT_KEY } from "./keys";
import { currentGeneration } from "./parts";
import { log, sharedDict } from "./world";

const MS_PER_S = 1000;

const MAX_KEPT = 1000;
const MIN_KEPT = 16;
/** An event takes 1 KB at most: so all of them leave 31 parts of 32 of the dict to others, and one of 32 MB keeps them all. */
const DICT_BYTES_PER_EVENT = 32 * 1024;

/** The events of all processes, in the shared dict. */
export class EventDict implements EventStore {
  readonly kept: number;

  constructor(private readonly dict: NgxSharedDict) {
    this.kept = math.max(math.min(math.floor(dict.capacity() / DICT_BYTES_PER_EVENT), MAX_KEPT), MIN_KEPT);
  }

  /**
   * Makes room for the numbers, which goes on for as long as the dict does. They begin with the time, so that those of an earlier
   * dict, which a reader may come back with, are lower.
   */
  reserve(): void {
    const first = math.floor(ngx.now() * MS_PER_S);
    this.dict.safe_add(EVENT_REFUSALS_KEY, 0);
    this.dict.safe_add(FIRST_EVENT_KEY, first);
    const [known] = this.dict.get(FIRST_EVENT_KEY);
    if (typeof known === "number") this.dict.safe_add(LAST_EVENT_KEY, known - 1);
  }

  first(): number {
    return this.read(FIRST_EVENT_KEY);
  }

  last(): number {
    return this.read(LAST_EVENT_KEY);
  }

  take(): number | undefined {
    const [number] = this.dict.incr(LAST_EVENT_KEY, 1);
    return number;
  }

  /** The last page of the dict is not for events: what is freed there is waited for by counts and workers. */
  put(number: number, text: string): boolean {
    if (this.dict.free_space() === 0) return false;
    const [isStored] = this.dict.safe_add(eventKey(number), text);
    return isStored === true;
  }

  get(number: number): string | undefined {
    const [text] = this.dict.get(eventKey(number));
    return typeof text === "string" ? text : undefined;
  }

  drop(number: number): void {
    this.dict.delete(eventKey(number));
  }

  /** An event that there was no room for. */
  countRefusal(): void {
    this.dict.incr(EVENT_REFUSALS_KEY, 1);
  }

  /** How many events there was no room for. */
  refusals(): number {
    return this.read(EVENT_REFUSALS_KEY);
  }

  private read(key: string): number {
    const [value] = this.dict.get(key);
    return typeof value === "number" ? value : 0;
  }
}

/** Of one change of the config so many peers are told one by one, and how many others there are: no change empties the store. */
const PEERS_TOLD = 100;

/** What the processes of a gateway tell each other's readers. It costs a few microseconds and is not for requests. */
export class Events {
  private readonly store: EventDict;
  private readonly healthRation = newRation();
  private isRefusing = false;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly log: Log,
  ) {
    this.store = new EventDict(dict);
  }

  /** `undefined` among the data is left out. What there is no room for is dropped and counted. */
  tell(type: EventType, data: EventData): void {
    const generation = currentGeneration(this.dict);
    const time = ngx.now();
    const isTold = append(this.store, (number) =>
      describeEvent({ type, number, time, generation }, data, encodeJson),
    );
    if (!isTold) this.store.countRefusal();
    if (!isTold && !this.isRefusing) {
      this.log.write("error", "the shared dict is full: events are dropped until there is room again");
    }
    this.isRefusing = !isTold;
  }

  tellPeers(changes: readonly PeerChange[]): void {
    for (const [index, change] of changes.entries()) {
      if (index < PEERS_TOLD) this.tell("peer", { ...change });
    }
    const others = changes.length - PEERS_TOLD;
    if (others > 0) this.tell("peer", { change: "others", count: others });
  }

  /** To the readers of events and to the log. */
  tellHealth(upstream: string, changes: readonly HealthChange[]): void {
    for (const change of changes) {
      const news = healthNews(upstream, change, this.healthRation, ngx.now());
      if (news !== undefined) {
        this.tell("health", news.data);
        this.log.write(news.level, news.line);
      }
    }
  }

  /** Every now and then: how many changes of health were not told one by one. */
  tellOtherHealth(): void {
    const others = this.healthRation.takeOthers(ngx.now());
    if (others === 0) return;
    this.tell("health", { to: "others", count: others });
    this.log.write("warn", describeOthers(others));
  }
}

let inUse: Events | undefined;

function eventsInUse(): Events {
  inUse ??= new Events(sharedDict(), log);
  return inUse;
}

/** Those of this process: to be told from anywhere but a request. */
export const events = {
  tell(this: void, type: EventType, data: EventData): void {
    eventsInUse().tell(type, data);
  },
  tellPeers(this: void, changes: readonly PeerChange[]): void {
    eventsInUse().tellPeers(changes);
  },
  tellHealth(this: void, upstream: string, changes: readonly HealthChange[]): void {
    eventsInUse().tellHealth(upstream, changes);
  },
  tellOtherHealth(this: void): void {
    eventsInUse().tellOtherHealth();
  },
};
