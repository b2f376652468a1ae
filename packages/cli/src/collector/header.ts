import { failure } from "../errors.ts";

/** The signals of OpenTelemetry. */
export type Signal = "logs" | "traces" | "metrics";

/** The signals, in the order in which they are named. */
export const signals: readonly Signal[] = ["logs", "traces", "metrics"];

/** The content of the comments at the beginning of a backend's file. */
export interface Header {
  readonly title: string;
  readonly takes: readonly Signal[];
  readonly protocol: string;
  /** What each variable is. */
  readonly variables: ReadonlyMap<string, string>;
  readonly limits: string;
  /** The document of the vendor. */
  readonly source: string;
  /** The files that it needs, such as `fragments/delta-metrics.yaml`. */
  readonly needs: readonly string[];
}

/** Reads the first lines of a backend's file. @throws CatalogueError that names the line with the wrong format. */
export function headerOf(text: string, file: string): Header {
  const lines = text.split("\n");
  const [, title = "", takes = "", protocol = ""] = lineOf(lines, 0, /^# (.+?): takes (.+?) over (.+?)\.$/, file);
  const [, variables = ""] = lineOf(lines, 1, /^# Variables: (.+?)\.?$/, file);
  const [, limits = "", source = ""] = lineOf(lines, 2, /^# Limits: (.+?)\.? Source: (.+?)\.?$/, file);
  return {
    title,
    takes: signals.filter((signal) => takes.split(/, | and /).includes(signal)),
    protocol,
    variables: briefsIn(variables),
    limits,
    source,
    needs: needsOf(lines),
  };
}

function lineOf(lines: readonly string[], index: number, pattern: RegExp, file: string): RegExpExecArray {
  const match = pattern.exec(lines[index] ?? "");
  if (match === null)
    throw failure("JOBTRAIL_FILE_INVALID", {
      name: file,
      reason: `line ${index + 1} is ${JSON.stringify(lines[index])}; expected ${pattern}`,
    });
  return match;
}

/** `NAME what it is; NAME what it is`. */
const briefsIn = (text: string): Map<string, string> =>
  new Map(
    text
      .split("; ")
      .map((each) => /^(\w+) (.+)$/.exec(each))
      .filter((match) => match !== null)
      .map(([, name = "", brief = ""]) => [name, brief]),
  );

const needsOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^# With: (.+?)\.?$/.exec(line)?.[1]?.split(/,\s*/) ?? []);
