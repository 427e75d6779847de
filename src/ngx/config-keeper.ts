import { Editor } from "../admin/editor";
import type { FileOutcome } from "../admin/editor";
import { answerCall, decodeCall, encodeAnswer, type LeaderAnswer } from "../admin/leader-calls";
import { isEqual } from "../core/config/equality";
import { STALE_BASE } from "../core/config/publisher";
import type { Pause } from "../core/pause";
import type { Log } from "../core/ports";
import type { StateFile } from "../core/state/state-file";
import { describeErrors, FileWatch, readConfigFile } from "./config-file";
import { editWorld } from "./edit-world";
import { events } from "./events";
import { decodeLargeJson, decodeText, encodeJson } from "./json";
import { readText, replaceText } from "./kept-text";
import { CONFIG_ERROR_KEY, LAYERS_KEY, STATE_ERROR_KEY } from "./keys";
import { Mailbox, type Letter } from "./mailbox";
import { currentGeneration, readDocumentText, readManifest } from "./parts";
import { PUBLISHER_BUSY } from "./publication";
import { writeReason } from "./reason-slot";
import type { Settings } from "./settings";
import { stateFileAt } from "./state-file";

/** Between two attempts to open a state file that cannot be written. */
const RETRY_S = 1;
/** How often removed peers are looked at whose last session may have ended. */
const LOOK_S = 1;

/**
 * The config in the hands of the process that leads: it follows the file, does what letters ask for, and keeps what is changed at
 * run time. Nothing else publishes but the master, at a start and at a reload.
 */
export class ConfigKeeper {
  private readonly watch: FileWatch;
  private readonly mailbox: Mailbox;
  private readonly stateFile: StateFile;
  private editor: Editor | undefined;
  private isWritable = false;
  /** With the state file, for status. */
  private problem = "";
  /** Whether the state and the config file do not go together, and nothing of either is in force yet. */
  private isAtOdds = false;
  private triedAt = 0;
  private lookedAt = 0;
  private shownLayers = "";
  private pause: Pause = () => undefined;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.watch = new FileWatch(settings.configFile, log);
    this.mailbox = new Mailbox(dict);
    this.stateFile = stateFileAt(settings.stateFile);
  }

  /** One round of all that is to be done; the calls of one process must not overlap. */
  step(pause: Pause): void {
    this.pause = pause;
    const now = ngx.now();
    // The clock may be set back.
    if (!this.isWritable && Math.abs(now - this.triedAt) >= RETRY_S) this.open(now);
    pause();
    this.answerLetters();
    pause();
    if (this.editor !== undefined && this.watch.poll()) this.loadFile(this.editor);
    pause();
    if (this.editor !== undefined && Math.abs(now - this.lookedAt) >= LOOK_S) {
      this.lookedAt = now;
      this.dropEmptied(this.editor);
    }
    pause();
    if (this.editor !== undefined) this.showLayers(this.editor);
    pause();
  }

  /** Another process leads from now on. */
  resign(): void {
    if (this.triedAt === 0) return;
    this.stateFile.close();
    this.editor = undefined;
    this.isWritable = false;
    this.triedAt = 0;
    this.shownLayers = "";
  }

  private open(now: number): void {
    this.triedAt = now;
    const opened = this.stateFile.open();
    if (!opened.isWritable && this.editor !== undefined) return;
    const { dict, settings, stateFile } = this;
    const published = readManifest(dict, currentGeneration(dict))?.stateSeq ?? 0;
    if (opened.isWritable && opened.seq < published) stateFile.skipTo(published);
    const editor = new Editor(editWorld(dict, settings.registry, stateFile, () => this.pause()));
    const text = readDocumentText(dict) ?? "";
    const [document] = decodeLargeJson(text);
    const { refused } = editor.load(document, text, opened.state);
    if (refused?.message === PUBLISHER_BUSY) {
      // Letters wait meanwhile.
      stateFile.close();
      return;
    }
    this.editor = editor;
    this.isWritable = opened.isWritable;
    this.problem = opened.problem;
    if (opened.problem !== "") this.log.write("error", `run-time changes: ${opened.problem}`);
    this.isAtOdds = refused !== undefined;
    if (refused === undefined) {
      writeReason(dict, STATE_ERROR_KEY, opened.problem);
      return;
    }
    const reason = `the run-time changes do not go together with the config file: ${describeRefusal(refused)}`;
    this.log.write("error", reason);
    writeReason(dict, STATE_ERROR_KEY, reason);
  }

  /** The master publishes at a reload, while this process still leads. */
  private readAnew(): void {
    this.resign();
    this.open(ngx.now());
  }

  private dropEmptied(editor: Editor): void {
    const refused = editor.dropEmptied();
    if (refused?.message === STALE_BASE) this.readAnew();
    else if (refused !== undefined) this.log.write("warn", `removed peers stay listed: ${refused.message}`);
  }

  private answerLetters(): void {
    while (this.editor !== undefined) {
      const letter = this.mailbox.take();
      if (letter === undefined) return;
      this.answer(letter, this.editor);
    }
  }

  private answer(letter: Letter, editor: Editor): void {
    const call = decodeCall(letter.text, decodeText);
    if (call === undefined) return;
    const before = currentGeneration(this.dict);
    let answer = answerCall(call, editor, encodeJson);
    if (answer.refusal?.message === STALE_BASE) {
      this.readAnew();
      if (this.editor !== undefined) answer = answerCall(call, this.editor, encodeJson);
    }
    this.tell(answer, before);
    const err = this.mailbox.answer(letter, encodeAnswer(answer, encodeJson));
    if (err !== undefined) this.log.write("error", `a call was done, and its answer is lost: ${err}`);
  }

  /** A dry run, or a change to what is there already, is not worth an event. */
  private tell({ refusal, generation }: LeaderAnswer, before: number): void {
    if (refusal === undefined && generation > before) {
      events.tell("config", { result: "applied", source: "api" });
    } else if (refusal !== undefined && refusal.code !== "precondition_failed") {
      events.tell("config", { result: "refused", source: "api", reason: refusal.message });
    }
  }

  private loadFile(editor: Editor): void {
    const { configFile } = this.settings;
    const [file, reason] = readConfigFile(configFile);
    if (file === undefined) {
      this.refuse(reason);
      return;
    }
    const before = currentGeneration(this.dict);
    if (!isEqual(file.document, editor.layers.file)) {
      const outcome = editor.fileChanged(file.document, file.text);
      if (outcome.refused !== undefined) {
        this.refuseOutcome(configFile, outcome);
        return;
      }
      for (const { pointer, message } of outcome.warnings) {
        this.log.write("notice", `${configFile}: ${pointer}: ${message}`);
      }
      if (this.isAtOdds) writeReason(this.dict, STATE_ERROR_KEY, this.problem);
      this.isAtOdds = false;
    }
    writeReason(this.dict, CONFIG_ERROR_KEY, "");
    const generation = currentGeneration(this.dict);
    if (generation === before) return;
    this.log.write("notice", `generation ${generation} from ${configFile}`);
    events.tell("config", { result: "applied", source: "file" });
  }

  private refuseOutcome(configFile: string, { refused }: FileOutcome): void {
    if (refused === undefined) return;
    if (refused.message === PUBLISHER_BUSY || refused.message === STALE_BASE) this.watch.pollAgain();
    if (refused.message === STALE_BASE) this.readAnew();
    else if (refused.message !== PUBLISHER_BUSY) this.refuse(`${configFile}: ${describeRefusal(refused)}`);
  }

  private refuse(reason: string): void {
    this.log.write("error", `the change is refused, the config before stays: ${reason}`);
    writeReason(this.dict, CONFIG_ERROR_KEY, reason);
    events.tell("config", { result: "refused", source: "file", reason });
  }

  /** For the status of all workers. */
  private showLayers({ layers }: Editor): void {
    const { isFileShadowed, overrides, state } = layers;
    const text = encodeJson({ file_shadowed: isFileShadowed, overrides, dropped_overrides: state.dropped });
    if (text === this.shownLayers) return;
    const isThere = readText(this.dict, LAYERS_KEY) === text;
    if (isThere || replaceText(this.dict, LAYERS_KEY, text) === undefined) this.shownLayers = text;
  }
}

function describeRefusal({ message, details }: NonNullable<FileOutcome["refused"]>): string {
  return details === undefined ? message : describeErrors(details);
}
