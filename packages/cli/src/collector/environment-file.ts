import { readFileSync } from "node:fs";
import { failure } from "../errors.ts";
import type { Environment } from "./variable.ts";

/**
 * The variables of a file override those of this shell, as they do in the service. Node 24 too reads
 * `--env-file` among a program's arguments: it exits with its own error if there is no such file.
 */
export function environment(file: string | undefined): Environment {
  if (file === undefined) return process.env;
  try {
    return { ...process.env, ...parseEnvironmentFile(readFileSync(file, "utf8")) };
  } catch (error) {
    throw failure("JOBTRAIL_INPUT_UNREADABLE", {
      name: file,
      reason: `${(error as NodeJS.ErrnoException).code}; name another with --env-file`,
    });
  }
}

/** The state of the parser at a character of a file of variables. */
type State =
  | "before the name"
  | "name"
  | "before the value"
  | "value"
  | "value after a backslash"
  | "single quotes"
  | "double quotes"
  | "double quotes after a backslash"
  | "comment"
  | "comment after a backslash";

/** The part of a line that was read so far. */
interface Reading {
  state: State;
  name: string;
  value: string;
  /** The length of the value without trailing blanks, if it has some. */
  solid: number | undefined;
}

type Step = (reading: Reading, char: string, found: Map<string, string>) => State;

const blank = /[ \t\n\r]/;

/**
 * Reads a file of variables as systemd reads an `EnvironmentFile=`: a `#` within a value belongs to it, quotes may
 * stand anywhere, a backslash takes the next character as it is or goes on in the next line. Nothing is expanded.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const found = new Map<string, string>();
  const reading: Reading = { state: "before the name", name: "", value: "", solid: undefined };
  for (const char of text) reading.state = steps[reading.state](reading, char, found);
  if (!/^(?:before the name|name|comment.*)$/.test(reading.state)) keep(reading, found);
  return Object.fromEntries([...found].filter(([name]) => /^[A-Za-z_]\w*$/.test(name)));
}

function keep(reading: Reading, found: Map<string, string>): State {
  const { name, value, solid } = reading;
  found.set(name.trimEnd(), solid === undefined ? value : value.slice(0, solid));
  Object.assign(reading, { name: "", value: "", solid: undefined });
  return "before the name";
}

const steps: Readonly<Record<State, Step>> = {
  "before the name"(reading, char) {
    if (char === "#" || char === ";") return "comment";
    if (blank.test(char)) return "before the name";
    reading.name = char;
    return "name";
  },
  name(reading, char) {
    if (char === "\n" || char === "\r") return "before the name";
    if (char === "=") return "before the value";
    reading.name += char;
    return "name";
  },
  "before the value"(reading, char, found) {
    if (char === "\n" || char === "\r") return keep(reading, found);
    if (char === "'") return "single quotes";
    if (char === '"') return "double quotes";
    if (char === "\\") return "value after a backslash";
    if (blank.test(char)) return "before the value";
    reading.value += char;
    return "value";
  },
  value(reading, char, found) {
    if (char === "\n" || char === "\r") return keep(reading, found);
    if (char === "\\") {
      reading.solid = undefined;
      return "value after a backslash";
    }
    reading.solid = blank.test(char) ? (reading.solid ?? reading.value.length) : undefined;
    reading.value += char;
    return "value";
  },
  "value after a backslash"(reading, char) {
    if (char !== "\n" && char !== "\r") reading.value += char;
    return "value";
  },
  "single quotes"(reading, char) {
    if (char === "'") return "before the value";
    reading.value += char;
    return "single quotes";
  },
  "double quotes"(reading, char) {
    if (char === '"') return "before the value";
    if (char === "\\") return "double quotes after a backslash";
    reading.value += char;
    return "double quotes";
  },
  "double quotes after a backslash"(reading, char) {
    if ('"\\`$'.includes(char)) reading.value += char;
    else if (char !== "\n" && char !== "\r") reading.value += `\\${char}`;
    return "double quotes";
  },
  comment: (_, char) =>
    char === "\\" ? "comment after a backslash" : /[\n\r]/.test(char) ? "before the name" : "comment",
  // Since systemd 254 a backslash does not continue a comment.
  "comment after a backslash": (_, char) => (/[\n\r]/.test(char) ? "before the name" : "comment"),
};
