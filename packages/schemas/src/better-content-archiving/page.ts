import { isRefusal, refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { parseText, recordLimit, textOf } from "../json.ts";
import { pathOf } from "../json-path.ts";
import type { Json, JsonObject, Parsed } from "../json.ts";
import type { BcaExecution } from "./record.ts";
import { metrics } from "./word.ts";

/** What stands above each part of the page, and the labels below it. */
const parts: readonly (readonly [heading: string, labels: readonly string[]])[] = [
  ["", ["Job execution ID", "Job", "Space", "Status"]],
  ["Details", ["Executed by", "Started", "Ended", "Duration", "Date format", "Time zone"]],
  ["Metrics", metrics.map(([label]) => label)],
  ["Support info", ["Log command"]],
];

const first = "Job execution ID";
const logCommand = "Log command";

const headings = new Set(parts.map(([heading]) => heading));
const labels: readonly string[] = parts.flatMap(([, below]) => below).sort((a, b) => b.length - a.length);

const known = new RegExp(String.raw`^(${labels.join("|")})[ \t]*(?::|\t| {2}|$)[ \t]*(.*)$`);
const other = /^([^:\t]{1,80}?)[ \t]*(?::(?:[ \t]+|$)|\t)[ \t]*(.*)$/;
const bullet = /^[ \t\u00A0]*(?:[•◦▪·*–-][ \t\u00A0]+)?/;

/** Reads JSON text, or the text of the detail page: a label and its value on each line, or on two lines. */
export function parsePages(text: string): Parsed | Refusal {
  if (/^\uFEFF?\s*[[{]/.test(text)) return parseText(text);
  if (text.length > recordLimit) return refuse("record", `at most ${recordLimit} characters`, text.length);
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/);
  const starts = lines.flatMap((line, i) => (known.exec(bare(line))?.[1] === first ? [i] : []));
  if (starts.length === 0) return noPage;
  const records: JsonObject[] = [];
  for (const [i, start] of starts.entries()) {
    const from = i === 0 ? 0 : start;
    const record = pageIn(lines.slice(from, starts[i + 1]), from);
    if (isRefusal(record)) return record;
    records.push(record);
  }
  const value: Json = records.length === 1 ? (records[0] as JsonObject) : records;
  return { value, plain: value };
}

const noPage: Refusal = {
  ...refuse("record", "JSON text, or the text of the detail page with its labels", undefined),
  found: `a text without the label ${first}`,
};

const bare = (line: string): string =>
  line
    .replace(/^\uFEFF/, "")
    .replace(bullet, "")
    .trimEnd();

/** The record of one page, whose first line is so many after the text's first. */
function pageIn(lines: readonly string[], from: number): JsonObject | Refusal {
  const record = new Map<string, string>();
  let label: string | undefined;
  for (const [i, line] of lines.entries()) {
    const said = bare(line);
    const waits = label !== undefined && (label === logCommand || record.get(label) === "");
    const [, name, value = ""] = known.exec(said) ?? (waits ? undefined : other.exec(said)) ?? [];
    if (name !== undefined) {
      if (record.has(name)) return { ...refuse(pathOf([name]), "one value", undefined), found: "two" };
      record.set((label = name), value);
    } else if (said !== "" && !headings.has(said) && label !== undefined) {
      // Above the first label stands the page's title.
      if (!waits) return { ...noLabel, path: `line ${from + i + 1}` };
      record.set(label, [record.get(label), line.trim()].filter((text) => text !== "").join("\n"));
    }
  }
  return Object.fromEntries(record);
}

// The line is not repeated: it may be of anything.
const noLabel: Refusal = {
  ...refuse("line", "a label, a colon and a value", undefined),
  found: "a line that has no label and that none waits for",
};

/**
 * The text of the detail page of an execution; `parse` reads it back.
 * @example
 * import { betterContentArchiving, pageOf } from "@jobtrail/schemas";
 *
 * const text = pageOf({ "Job execution ID": "e1", Status: "Successful", "Emails sent": 37 });
 * console.log(betterContentArchiving.parse(text)["Emails sent"]); // 37
 */
export function pageOf(record: BcaExecution): string {
  const rest = new Map(Object.entries(record as unknown as JsonObject).filter(([key]) => key !== "jobtrail"));
  const lineOf = (label: string): string[] => {
    const value = rest.get(label);
    rest.delete(label);
    return value === undefined || value === null
      ? []
      : [`${label}: ${typeof value === "string" ? value : textOf(value)}`];
  };
  const written = parts.map(([heading, below]) => [heading, below.flatMap(lineOf)] as const);
  const others = [...rest.keys()].flatMap(lineOf);
  return [...written.slice(0, 1), ["", others] as const, ...written.slice(1)]
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([heading, lines]) => [...(heading === "" ? [] : ["", heading]), ...lines, ""])
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n");
}
