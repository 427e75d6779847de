import { reportKey } from "./keys";

/** What a process says about itself. */
export interface Report {
  /** Which start or reload of nginx it comes from. */
  readonly cycle: number;
  /** The generation of the config that is wholly applied. */
  readonly applied: number;
  /** Open sessions, handshakes and plain exchanges under way among them. */
  readonly sessions: number;
  /** It serves its last sessions after a reload. */
  readonly isExiting: boolean;
}

export const NOTHING_REPORTED: Report = { cycle: 0, applied: 0, sessions: 0, isExiting: false };

/** A report is a text of fixed width: a dict that is full replaces a value in place if its length stays, and only then. */
const FORMAT = "%010d %015d %010d %d";
const PATTERN = "^(%d+) (%d+) (%d+) (%d)$";

/** @returns why it is not stored, if so */
export function writeReport(dict: NgxSharedDict, process: string, report: Report): string | undefined {
  const { cycle, applied, sessions, isExiting } = report;
  const text = string.format(FORMAT, cycle, applied, sessions, isExiting ? 1 : 0);
  const [isStored, err] = dict.safe_set(reportKey(process), text);
  return isStored === true ? undefined : (err ?? "not stored");
}

export function readReport(dict: NgxSharedDict, process: string): Report | undefined {
  const [text] = dict.get(reportKey(process));
  if (typeof text !== "string") return undefined;
  const [cycle, applied, sessions, exiting] = string.match(text, PATTERN);
  return {
    cycle: tonumber(cycle) ?? 0,
    applied: tonumber(applied) ?? 0,
    sessions: tonumber(sessions) ?? 0,
    isExiting: exiting === "1",
  };
}
