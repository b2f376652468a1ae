import { decoded } from "./segment.ts";

/**
 * Logs of containers: what a program wrote, line by line, each in an envelope. Docker's json-file has an object with
 * the line in `log`, CRI (containerd, CRI-O) puts time, stream and a flag before it. Both cut long lines into parts.
 */

/** Whether a line is one of a container's log. */
export const isContainerLog = (line: string): boolean =>
  criLine.test(line) || (dockerLine.test(line) && inDocker(line) !== undefined);

const criLine = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) ([FP])(?::\S+)? (.*)$/s;
const dockerLine = /^\s*\{\s*"log"\s*:/;

/** What a line of a log holds, and whether the program's line ends with it. */
interface Part {
  readonly text: string;
  readonly isWhole: boolean;
}

function inDocker(line: string): Part | undefined {
  try {
    const { log, stream } = JSON.parse(line) as { readonly log?: unknown; readonly stream?: unknown };
    if (typeof log !== "string" || typeof stream !== "string") return undefined;
    return { text: log.replace(/\r?\n$/, ""), isWhole: log.endsWith("\n") };
  } catch {
    return undefined;
  }
}

/** @param line bytes as one character each, which is what is given back too. */
function partOf(line: string): Part {
  const [, flag, text] = criLine.exec(line) ?? [];
  if (text !== undefined) return { text, isWhole: flag === "F" };
  const decodedLine = dockerLine.test(line) ? decoded(line) : undefined;
  const part = decodedLine === undefined ? undefined : inDocker(decodedLine);
  // What is of neither kind is handed on as it is, to be read or refused as it stands.
  return part === undefined
    ? { text: line, isWhole: true }
    : { ...part, text: Buffer.from(part.text).toString("latin1") };
}

/** The text that a program wrote, taken out of its container's log. */
export class ContainerLog {
  /** Bytes as one character each, so that no character is cut. */
  #rest = "";
  #line = 0;
  #written = 1;
  /** From which line of the text on the log is so many lines ahead. */
  readonly #ahead: { readonly from: number; readonly by: number }[] = [];

  /** Takes bytes of the log and gives the text that ends in them. */
  content(bytes: Buffer): Buffer {
    const lines = (this.#rest + bytes.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    return Buffer.concat(lines.map((line) => this.#take(line)));
  }

  /** Gives what a log ends with that does not end its last line. */
  rest(): Buffer {
    return this.#rest === "" ? Buffer.alloc(0) : this.#take(this.#rest);
  }

  /** The line of the log on which a line of the text ended. */
  lineOf(line: number): number {
    const ahead = this.#ahead.findLast(({ from }) => from <= line);
    return line + (ahead?.by ?? 0);
  }

  #take(line: string): Buffer {
    this.#line += 1;
    const { text, isWhole } = partOf(line.replace(/\r$/, ""));
    const bytes = Buffer.from(isWhole ? `${text}\n` : text, "latin1");
    if (!isWhole) return bytes;
    const by = this.#line - this.#written;
    if (by !== (this.#ahead.at(-1)?.by ?? 0)) this.#ahead.push({ from: this.#written, by });
    // A line of Docker's may hold several.
    this.#written += text.split("\n").length;
    return bytes;
  }
}
