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
import { CONFIG_ERROR_KEY, LAYERS_KEY } from "./keys";
import { Mailbox, type Letter } from "./mailbox";
import { currentGeneration, readDocumentText, readManifest } from "./parts";
import { PUBLISHER_BUSY } from "./publication";
import { writeReason } from "./reason-slot";
import type { Settings } from "./settings";
import { stateFileAt } from "./state-file";
import { StateReport } from "./state-report";

/** Between two attempts to open a state file that cannot be written. */
const RETRY_S = 1;
/** How often it is looked whether the state file is still in its place. */
const FILE_LOOK_S = 0.25;
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
  private triedAt = 0;
  private lookedAt = 0;
  private fileLookedAt = 0;
  /** Whether the state file is not in its place, and could not be put there. */
  private isAway = false;
  /** Whether what was changed at run time could not be put on top of the config file. */
  private isInConflict = false;
  /** When to try a config file again that could not be taken for want of room; 0: it is not to be tried. */
  private fileRetryAt = 0;
  private readonly stateReport: StateReport;
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
    this.stateReport = new StateReport(dict, log);
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
    this.keepInPlace(now);
    if (this.editor !== undefined) this.followFile(this.editor, now);
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
    this.isInConflict = false;
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
    this.stateReport.opened(opened.problem);
    this.isInConflict = refused !== undefined;
    if (refused === undefined) return;
    const reason = `the run-time changes do not go together with the config file: ${describeRefusal(refused)}`;
    this.stateReport.refused(reason);
  }

  /** The master publishes at a reload, while this process still leads. */
  private readAnew(): void {
    this.resign();
    this.open(ngx.now());
  }

  private followFile(editor: Editor, now: number): void {
    const isRetryDue = this.fileRetryAt > 0 && now >= this.fileRetryAt;
    if (this.watch.poll()) this.loadFile(editor, false);
    else if (isRetryDue) this.loadFile(editor, true);
  }

  private dropEmptied(editor: Editor): void {
    const refused = editor.dropEmptied();
    if (refused?.message === STALE_BASE) this.readAnew();
    else if (refused !== undefined) this.log.write("warn", `removed peers stay listed: ${refused.message}`);
  }

  private noteLoaded(): void {
    if (!this.isInConflict || this.editor?.isLoaded !== true) return;
    this.isInConflict = false;
    this.stateReport.kept();
  }

  /** A file that was deleted would take along what is answered from then on. */
  private keepInPlace(now: number): void {
    if (!this.isWritable || Math.abs(now - this.fileLookedAt) < FILE_LOOK_S) return;
    this.fileLookedAt = now;
    const err = this.stateFile.keepInPlace();
    if (err !== undefined) this.stateReport.refused(err);
    else if (this.isAway) this.stateReport.kept();
    this.isAway = err !== undefined;
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
    const { lastSeq } = this.stateFile;
    let answer = answerCall(call, editor, encodeJson);
    if (answer.refusal?.message === STALE_BASE) {
      this.readAnew();
      if (this.editor !== undefined) answer = answerCall(call, this.editor, encodeJson);
    }
    if (this.isWritable && answer.refusal?.code === "state_not_writable") {
      this.stateReport.refused(answer.refusal.message);
    } else if (this.stateFile.lastSeq > lastSeq) this.stateReport.kept();
    this.noteLoaded();
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

  private loadFile(editor: Editor, isRetry: boolean): void {
    const { configFile } = this.settings;
    this.fileRetryAt = 0;
    const [file, reason] = readConfigFile(configFile);
    if (file === undefined) {
      this.refuse(reason);
      return;
    }
    const before = currentGeneration(this.dict);
    if (!isEqual(file.document, editor.layers.file) || !editor.isLoaded) {
      const outcome = editor.fileChanged(file.document, file.text);
      if (outcome.refused !== undefined) {
        this.refuseOutcome(configFile, outcome, isRetry);
        return;
      }
      for (const { pointer, message } of outcome.warnings) {
        this.log.write("notice", `${configFile}: ${pointer}: ${message}`);
      }
    }
    writeReason(this.dict, CONFIG_ERROR_KEY, "");
    this.noteLoaded();
    const generation = currentGeneration(this.dict);
    if (generation === before) return;
    this.log.write("notice", `generation ${generation} from ${configFile}`);
    events.tell("config", { result: "applied", source: "file" });
  }

  private refuseOutcome(configFile: string, { refused }: FileOutcome, isRetry: boolean): void {
    if (refused === undefined) return;
    if (refused.message === PUBLISHER_BUSY || refused.message === STALE_BASE) {
      this.watch.pollAgain();
      if (refused.message === STALE_BASE) this.readAnew();
      return;
    }
    // Nothing is wrong with the file then, and nobody writes it again only because there is room.
    const isForWantOfRoom = refused.code !== "invalid_config";
    if (isForWantOfRoom) this.fileRetryAt = ngx.now() + RETRY_S;
    if (!isRetry) this.refuse(`${configFile}: ${describeRefusal(refused)}`);
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
