import { errorOf } from "@jobtrail/conventions";
import type { CatalogueError, CodeOf, ValuesOf } from "@jobtrail/conventions";

/** The errors that end a command before its work is done: what happened with which value, and what to do. */
export const catalogue = {
  JOBTRAIL_INPUT_UNREADABLE: ({ name, reason }: Named): string => `${name} cannot be read: ${reason}.`,
  JOBTRAIL_INPUT_UNKNOWN: ({ name, reason }: Named): string =>
    `${name} is not recognised: ${reason}. Say what it is with --from.`,
  JOBTRAIL_OUTPUT_IS_INPUT: ({ name }: Pick<Named, "name">): string =>
    `${name} is an input too, and would be overwritten. Write to another file.`,
  JOBTRAIL_OUTPUT_UNWRITABLE: ({ reason }: Reason): string => `the standard output cannot be written: ${reason}.`,
  JOBTRAIL_REJECTS_UNWRITABLE: ({ name, reason }: Named): string =>
    `${name} cannot be written: ${reason}. Name another file with --rejects.`,
  JOBTRAIL_TEMPORARY_FULL: ({ reason }: Reason): string =>
    `the temporary file cannot be written: ${reason}. Set SQLITE_TMPDIR to a folder with more room.`,
  JOBTRAIL_SETTING_MISSING: ({ setting, expected }: Setting): string =>
    `${setting} is not set; it is ${expected}. Set ${setting} in the environment.`,
  JOBTRAIL_ENDPOINT_WRONG: ({ reason }: Reason): string => reason,
  JOBTRAIL_SEND_FAILED: ({ problem, arrived }: Sending): string => `${problem} ${arrived}`,
  JOBTRAIL_JOB_UNKNOWN: ({ log, uid }: Job): string =>
    `no job in ${log} has the uid ${JSON.stringify(uid)}; the page of each job shows its uid.`,
  JOBTRAIL_LOG_UNREACHABLE: ({ log, reason }: Log): string =>
    `there is no job log at ${log}: ${reason}. Name its address with --url, or its folder with --data.`,
  JOBTRAIL_CREDENTIALS_OPEN: ({ name, mode }: OpenFile): string =>
    `${name} can be read by other users of this machine (mode ${mode}). Run chmod 600 ${name}.`,
  JOBTRAIL_CREDENTIALS_INVALID: ({ name, path, expected }: FilePart): string =>
    `${name}: ${path} is wrong: ${expected}. The page docs/joblog/asking.md shows a whole file.`,
  JOBTRAIL_SINK_UNREADABLE: ({ name, reason }: Named): string => `${name}: ${reason}.`,
} as const;

interface Reason {
  readonly reason: string;
}

/** A file, or the standard input or output. */
interface Named extends Reason {
  readonly name: string;
}

interface OpenFile {
  readonly name: string;
  /** In octal digits. */
  readonly mode: string;
}

interface FilePart {
  readonly name: string;
  /** Where in the file. */
  readonly path: string;
  readonly expected: string;
}

interface Setting {
  readonly setting: string;
  readonly expected: string;
}

interface Sending {
  /** What the receiver answered, or that it did not, and what to do about it. */
  readonly problem: string;
  /** How much had arrived before. */
  readonly arrived: string;
}

interface Log extends Reason {
  /** Its address, or its folder. */
  readonly log: string;
}

interface Job extends Pick<Log, "log"> {
  readonly uid: string;
}

/** The codes of why a command ends. */
export type Code = CodeOf<typeof catalogue>;

/** An error of this package's catalogue. */
export const failure = <C extends Code>(
  code: C,
  values: ValuesOf<(typeof catalogue)[C]>,
  options?: ErrorOptions,
): CatalogueError<C> => errorOf(catalogue, code, values, options);

/** The reason in an error, whatever it is. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
