import { Editor } from "../admin/editor";
import { isEqual } from "../core/config/equality";
import { RuntimeState } from "../core/config/layers/runtime-state";
import type { Log } from "../core/ports";
import type { StateLog } from "../core/state/state-log";
import type { StateReading } from "../core/state/state-reader";
import { describeErrors, readConfigFile, type ConfigText } from "./config-file";
import { editWorld } from "./edit-world";
import { EventDict, events } from "./events";
import { recallLastHealth } from "./health/last-health";
import { decodeLargeJson } from "./json";
import {
  ADDRESS_GENERATION_KEY,
  CONFIG_ERROR_KEY,
  HEALTH_CHANGES_KEY,
  METRIC_REFUSALS_KEY,
  RELOAD_ERROR_KEY,
  STATE_ERROR_KEY,
  STORE_REFUSALS_KEY,
} from "./keys";
import { currentGeneration, readDocumentText, readManifest } from "./parts";
import { PUBLISHER_BUSY, STALE_STATE } from "./publication";
import { reserveReason, writeReason } from "./reason-slot";
import type { Settings } from "./settings";
import { readState } from "./state-file";

/** How long a reload waits for a worker that publishes, or keeps a change, at the same moment. */
const PATIENCE_S = 1;

/** Keeps the reason of a refused reload for status; at a first start there is nobody to ask for it. */
export function reportReloadError(dict: NgxSharedDict, reason: string): void {
  if (currentGeneration(dict) === 0) return;
  writeReason(dict, RELOAD_ERROR_KEY, reason);
  events.tell("config", { result: "refused", source: "reload", reason });
}

/**
 * In the master: makes current what the config file and the state file say together. It writes no file; what the state file lacks
 * or has too much is for the leader to put right.
 * @returns why it could not, or `undefined`
 */
export function publishAtStart(dict: NgxSharedDict, settings: Settings, log: Log): string | undefined {
  const [file, reason] = readConfigFile(settings.configFile);
  if (file === undefined) return reason;
  const before = currentGeneration(dict);
  if (before === 0) reserve(dict);
  const deadline = ngx.now() + PATIENCE_S;
  let err = publish(dict, settings, file, log);
  while ((err === PUBLISHER_BUSY || err === STALE_STATE) && ngx.now() < deadline) {
    ngx.update_time();
    err = publish(dict, settings, file, log);
  }
  if (err === STALE_STATE) {
    return `${settings.stateFile} lacks run-time changes that are in force`;
  }
  // Whoever holds the lock for that long is stopped; the leader reads the file again within a second.
  if (err !== undefined && err !== PUBLISHER_BUSY) return err;
  writeReason(dict, RELOAD_ERROR_KEY, "");
  writeReason(dict, CONFIG_ERROR_KEY, "");
  if (before === 0) recallLastHealth(dict, settings.stateFile, log);
  if (currentGeneration(dict) !== before) {
    events.tell("config", { result: "applied", source: before > 0 ? "reload" : "file" });
  }
  return undefined;
}

/** Room for what must be sayable when the dict is full. */
function reserve(dict: NgxSharedDict): void {
  for (const key of [RELOAD_ERROR_KEY, CONFIG_ERROR_KEY, STATE_ERROR_KEY]) reserveReason(dict, key);
  new EventDict(dict).reserve();
  for (const key of [ADDRESS_GENERATION_KEY, STORE_REFUSALS_KEY, METRIC_REFUSALS_KEY, HEALTH_CHANGES_KEY])
    dict.safe_add(key, 0);
}

function publish(dict: NgxSharedDict, settings: Settings, file: ConfigText, log: Log): string | undefined {
  const isFirst = currentGeneration(dict) === 0;
  const [reading, stateErr] = readState(settings.stateFile);
  // At a first start the config file alone has to do; later there is a state that is better than none.
  if (reading === undefined && !isFirst) return stateErr;
  if (reading === undefined) log.write("error", `run-time changes: ${stateErr}`);
  const refused = load(dict, settings, file, reading, log);
  if (refused === undefined || !isFirst || reading === undefined || reading.seq === 0) return refused;
  // The leader says so in its status.
  log.write("error", `the run-time changes do not go together with ${refused}`);
  return load(dict, settings, file, { ...reading, state: new RuntimeState() }, log);
}

function load(
  dict: NgxSharedDict,
  { configFile, registry }: Settings,
  file: ConfigText,
  reading: StateReading | undefined,
  log: Log,
): string | undefined {
  const published = readManifest(dict, currentGeneration(dict))?.stateSeq ?? 0;
  // A state file that was deleted says nothing against what is in force: its writer still has it.
  if (reading !== undefined && reading.seq < published) return STALE_STATE;
  const editor = new Editor(editWorld(dict, registry, frozenLog(reading?.seq ?? 0), () => undefined));
  const state = reading?.state ?? new RuntimeState();
  const { refused, warnings } = editor.load(file.document, textInUse(dict, file), state);
  for (const { pointer, message } of warnings) log.write("notice", `${configFile}: ${pointer}: ${message}`);
  if (refused === undefined) return undefined;
  const { message, details } = refused;
  if (message === PUBLISHER_BUSY || message === STALE_STATE) return message;
  return details === undefined ? message : `${configFile}: ${describeErrors(details)}`;
}

/** Where nothing differs but blanks and the order of fields, the text before stays: it makes no generation. */
function textInUse(dict: NgxSharedDict, { document, text }: ConfigText): string {
  const before = readDocumentText(dict);
  if (before === undefined) return text;
  const [known] = decodeLargeJson(before);
  return isEqual(known, document) ? before : text;
}

/** The log of one who may not write it: what is dropped because nothing is left of what it was for, the leader drops for good. */
function frozenLog(seq: number): StateLog {
  return { lastSeq: seq, nextSeq: seq, append: () => undefined, undoLast: () => undefined };
}
