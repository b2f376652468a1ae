import { failureOf } from "@jobtrail/conventions";
import type { Failure } from "@jobtrail/conventions";

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
    `${name}: ${path} is wrong: ${expected}. The page docs/asking.md shows a whole file.`,
  JOBTRAIL_BRIDGE_AMBIGUOUS: ({ file }: { readonly file: string }): string =>
    `${file} has several bridges to Devo, or this name is none of them. Name one with --bridge.`,
  JOBTRAIL_CONFIRMATION_MISSING: ({ question }: { readonly question: string }): string =>
    `${question} Nobody can confirm it, because the standard input is no terminal. Say --yes.`,
  JOBTRAIL_SINK_UNREADABLE: ({ name, reason }: Named): string => `${name}: ${reason}.`,
  JOBTRAIL_SINK_TOO_LARGE: ({ name, maxShare }: Pick<Named, "name"> & Share): string =>
    `${name} uses more than ${maxShare} % of its disk (--max-share), and nothing more is old enough. Give it a larger disk, or keep files for a shorter time (--older-than).`,
  JOBTRAIL_FILE_INVALID: ({ name, reason }: Named): string => `${name}: ${reason}.`,
  JOBTRAIL_FILE_UNWRITABLE: ({ name, reason }: Named): string =>
    `${name} cannot be written: ${reason}. Name another with --out.`,
  JOBTRAIL_PACKAGE_MISSING: ({ name }: Pick<Named, "name">): string =>
    `the files of ${name} were not found. Install @jobtrail/cli again.`,
  JOBTRAIL_OPTION_UNFIT: ({ reason }: Reason): string => reason,
  JOBTRAIL_BACKEND_MISSING: (): string =>
    "no backend is named. Name one, such as --backend joblog; `jobtrail collector backends` lists all.",
  JOBTRAIL_BACKEND_UNKNOWN: ({ name, nearest }: Unknown): string =>
    `there is no backend ${JSON.stringify(name)}. Did you mean ${nearest}? \`jobtrail collector backends\` lists all.`,
  JOBTRAIL_BACKEND_UNSENT: ({ name, file, nearest, all }: Unknown & InFile): string =>
    `${file} sends no log records to ${JSON.stringify(name)}. Did you mean ${nearest}? It sends them to ${all}.`,
  JOBTRAIL_RESEND_RECEIVER_MISSING: ({ file, command }: Pick<InFile, "file"> & Command): string =>
    `${file} has no receiver for resends. Print it again with \`${command}\`, restart the Collector, and repeat this command.`,
  JOBTRAIL_FRAGMENT_UNKNOWN: ({ name, nearest, all }: Unknown & Pick<InFile, "all">): string =>
    `there is no fragment ${JSON.stringify(name)}. Did you mean ${nearest}? There are ${all}.`,
  JOBTRAIL_BOARD_UNKNOWN: ({ name, nearest, all }: Unknown & Pick<InFile, "all">): string =>
    `there is no board ${JSON.stringify(name)}. Did you mean ${nearest}? There are ${all}.`,
  JOBTRAIL_COLLECTOR_NOT_READY: ({ stack }: Stack): string => `${stack}: not ready. To correct:`,
  JOBTRAIL_COLLECTOR_UNUSABLE: ({ reason }: Reason): string => reason,
  JOBTRAIL_OBSERVE_LIBRARY_MISSING: ({ module, folder }: Library): string =>
    `there is no ${module} in ${folder}. An observer uses the app's own copy: run the command in the app's folder, name that with --from, or install it there with: npm install ${module}`,
  JOBTRAIL_OBSERVE_STORE_UNREACHABLE: ({ name, reason }: Named): string =>
    `${name} cannot be observed: ${reason}. Correct --url, or start the server.`,
  JOBTRAIL_ALERTS_CONFIG_INVALID: ({ name, problems }: Problems): string =>
    `${name} has errors. To correct:
${problems}`,
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

/** A name that nothing has. */
interface Unknown {
  readonly name: string;
  /** The name that is most like it. */
  readonly nearest: string | undefined;
}

interface InFile {
  readonly file: string;
  /** All names that there are, with commas between them. */
  readonly all: string;
}

interface Share {
  /** In percent. */
  readonly maxShare: number;
}

interface Command {
  readonly command: string;
}

interface Stack {
  /** The backends and the tier of a Collector. */
  readonly stack: string;
}

interface Problems extends Pick<Named, "name"> {
  /** One a line. */
  readonly problems: string;
}

interface Library {
  /** As npm knows it. */
  readonly module: string;
  /** Where it was looked for. */
  readonly folder: string;
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

/** An error of this package's catalogue. */
export const failure: Failure<typeof catalogue> = failureOf(catalogue);

export { reasonOf } from "@jobtrail/conventions";
