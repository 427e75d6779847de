import type { PeerKeys } from "../core/pool/new-peer";
import { processId } from "./process";

/**
 * Every key of the shared dicts. They carry a version of their layout, because after a reload old workers go on with old
 * code on the same dict.
 */
const LAYOUT = "1";

export const GENERATION_KEY = `${LAYOUT}:generation`;
/** The last generation that a publisher took for itself, whether or not it became current. */
export const TAKEN_GENERATION_KEY = `${LAYOUT}:taken-generation`;
export const CONFIG_ERROR_KEY = `${LAYOUT}:config-error`;
export const STATE_ERROR_KEY = `${LAYOUT}:state-error`;
/** What status says of the run-time changes, as JSON. */
export const LAYERS_KEY = `${LAYOUT}:layers`;
/** Random, and another one for each life of the dict. */
export const TOKEN_KEY = `${LAYOUT}:token`;
/** What affinity cookies are signed with where the operator gives no secret. */
export const AFFINITY_SECRET_KEY = `${LAYOUT}:affinity-secret`;
export const RELOAD_ERROR_KEY = `${LAYOUT}:reload-error`;
/** How often the dict was too full to count a session. */
export const STORE_REFUSALS_KEY = `${LAYOUT}:store-refusals`;
/** How often the dict was too full for a counter of metrics. */
export const METRIC_REFUSALS_KEY = `${LAYOUT}:metric-refusals`;
export const ADDRESS_GENERATION_KEY = `${LAYOUT}:address-generation`;
/** The names whose addresses are in the dict, with blanks between. */
export const RESOLVED_NAMES_KEY = `${LAYOUT}:resolved-names`;
export const LEADER_KEY = `${LAYOUT}:leader`;
/** Who has it may end the lease of that holder, which is gone. */
export function takeoverKey(holder: string): string {
  return `${LAYOUT}:takeover:${holder}`;
}

export const PUBLISHER_KEY = `${LAYOUT}:publisher`;
/** The number of the first event since the start, and of the last one. */
export const FIRST_EVENT_KEY = `${LAYOUT}:first-event`;
export const LAST_EVENT_KEY = `${LAYOUT}:last-event`;
/** How many events the dict was too full for. */
export const EVENT_REFUSALS_KEY = `${LAYOUT}:event-refusals`;

export function eventKey(number: number): string {
  return `${LAYOUT}:event:${number}`;
}

/** The letters for the leader in the order in which they came, by number; and the last number. */
export const LETTERS_KEY = `${LAYOUT}:letters`;
export const LAST_LETTER_KEY = `${LAYOUT}:last-letter`;

export function letterKey(number: number): string {
  return `${LAYOUT}:letter:${number}`;
}

export function manifestKey(generation: number): string {
  return `${LAYOUT}:manifest:${generation}`;
}

export function upstreamKey(name: string, generation: number): string {
  return `${LAYOUT}:upstream:${name}:${generation}`;
}

/** @param chunk of the upstreams */
export function directoryKey(chunk: number, generation: number): string {
  return `${LAYOUT}:directory:${chunk}:${generation}`;
}

/** @param chunk names it among all that the upstream has ever had */
export function peersKey(upstream: string, chunk: string): string {
  return `${LAYOUT}:peers:${upstream}:${chunk}`;
}

export function documentKey(piece: number, generation: number): string {
  return `${LAYOUT}:document:${piece}:${generation}`;
}

/** A list of the keys that the publisher of a generation writes and replaces. */
export function journalKey(generation: number): string {
  return `${LAYOUT}:journal:${generation}`;
}

export function routesKey(chunk: number, generation: number): string {
  return `${LAYOUT}:routes:${chunk}:${generation}`;
}

export function addressesKey(name: string): string {
  return `${LAYOUT}:addresses:${name}`;
}

/** How many slots for processes there are. */
export const PROCESS_SLOTS_KEY = `${LAYOUT}:process-slots`;

export function processKey(slot: number): string {
  return `${LAYOUT}:process:${slot}`;
}

/** What the process of this id says about itself. */
export function reportKey(process: string): string {
  return `${LAYOUT}:report:${process}`;
}

/** How many times nginx has started or reloaded since the dict was made. */
export const CYCLE_KEY = `${LAYOUT}:cycle`;

/** A list of the names under which peers have a total. */
export const COUNTED_KEY = `${LAYOUT}:counted`;
const TOTAL_PREFIX = `${LAYOUT}:total:`;

/** @param name of the peer over all upstreams */
export function totalKey(name: string): string {
  return TOTAL_PREFIX + name;
}

/** The name of the peer whose total it is; `undefined` for any other key. */
export function countedName(key: string): string | undefined {
  return key.startsWith(TOTAL_PREFIX) ? key.substring(TOTAL_PREFIX.length) : undefined;
}

export function sharePrefix(process: string): string {
  return `${LAYOUT}:share:${process}:`;
}

/** The counters of this process. Take it in the worker: the master has another id. */
export function peerKeys(): PeerKeys {
  const prefix = sharePrefix(processId());
  return {
    share: (upstream, peerKey) => `${prefix}${upstream}:${peerKey}`,
    total: (upstream, peerKey) => totalKey(`${upstream}:${peerKey}`),
  };
}

/** What a process says about its records in the sessions' dict. */
export function listingKey(slot: number): string {
  return `${LAYOUT}:listing:${slot}`;
}

/** In the sessions' dict: what the keys of a process begin with. A number follows for a session. */
export function listedPrefix(slot: number): string {
  return `${LAYOUT}:${slot}:`;
}

/** In the sessions' dict, behind `listedPrefix`: what the numbers of names begin with. */
export const NAME_MARK = "n";

/** Of one kind of commands to all processes. Another kind is of no concern to those who do not know it, as old workers. */
export interface CommandKeys {
  /** The number of the last one. */
  readonly count: string;
  command(this: void, number: number): string;
  reply(this: void, number: number, slot: number): string;
  /** What a paced command has used up in one second. */
  pace(this: void, number: number, second: number): string;
}

function commandKeys(kind: string): CommandKeys {
  return {
    count: `${LAYOUT}:${kind}commands`,
    command: (number) => `${LAYOUT}:${kind}command:${number}`,
    reply: (number, slot) => `${LAYOUT}:${kind}reply:${number}:${slot}`,
    pace: (number, second) => `${LAYOUT}:${kind}pace:${number}:${second}`,
  };
}

/** The number of the last session that was asked for, the id of each, and what its process says of it. */
export const VIEWS_KEY = `${LAYOUT}:views`;

export function viewedKey(number: number): string {
  return `${LAYOUT}:viewed:${number}`;
}

export function viewKey(number: number): string {
  return `${LAYOUT}:view:${number}`;
}

/** To close sessions. */
export const CLOSE_KEYS = commandKeys("");
/** To balance them. */
export const REBALANCE_KEYS = commandKeys("rebalance-");

/** What was ordered last for the upstream, as JSON. */
export function rebalanceKey(upstream: string): string {
  return `${LAYOUT}:rebalance:${upstream}`;
}

/** How many sessions of a peer may be moved, as the processes that obey a command have counted them. */
export function movableKey(number: number, peerKey: string): string {
  return `${LAYOUT}:movable:${number}:${peerKey}`;
}

/** How many moves of a part of an order have been taken. */
export function takenMovesKey(number: number, pair: number): string {
  return `${LAYOUT}:taken-moves:${number}:${pair}`;
}

/** How many moves of an order have begun. */
export function begunMovesKey(number: number): string {
  return `${LAYOUT}:begun-moves:${number}`;
}

/** There while the process in the slot is not done with an order. */
export function movingKey(number: number, slot: number): string {
  return `${LAYOUT}:moving:${number}:${slot}`;
}

/** @param name of the owner; @param code of one of its numbers */
export function metricKey(name: string, code: string): string {
  return `${LAYOUT}:m:${name}:${code}`;
}

/** What the leader has found of a peer's health. */
export function healthKey(upstream: string, peerKey: string): string {
  return `${LAYOUT}:health:${upstream}:${peerKey}`;
}

/** The number of the last change of anybody's health. */
export const HEALTH_CHANGES_KEY = `${LAYOUT}:health-changes`;

export function healthChangeKey(number: number): string {
  return `${LAYOUT}:health-change:${number}`;
}

/** A list of what the processes tell the leader of their handshakes. */
export const HEALTH_REPORTS_KEY = `${LAYOUT}:health-reports`;

/** Who has it may send the one handshake that shows whether the peer works again. */
export function trialKey(upstream: string, peerKey: string): string {
  return `${LAYOUT}:trial:${upstream}:${peerKey}`;
}
