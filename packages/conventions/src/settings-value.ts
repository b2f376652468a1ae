/** Reads one value of a setting from the environment or from code. Nothing here throws. */

/** The type of a setting's value. */
export interface ValueRow {
  /** `choice` one of `values`; `list` several of them; `names` free words, comma-separated; `duration` such as `500ms`, `30s`, `5m`, `2h`. */
  readonly kind: "choice" | "list" | "names" | "boolean" | "duration" | "count" | "number" | "text";
  readonly values?: readonly string[];
}

interface Kind {
  /** The allowed values, as text after "expected". */
  expected(row: ValueRow): string;
  /** Parses a text; undefined if it is not a value. */
  parse(text: string, row: ValueRow): unknown;
  /** The allowed values in code, if the text differs. */
  inCode?(row: ValueRow): string;
  /** Whether a value given in code is valid. */
  accepts(value: unknown, row: ValueRow): boolean;
}

const yes: readonly string[] = ["true", "yes", "y", "on", "1", "enable", "enabled"];
const no: readonly string[] = ["false", "no", "n", "off", "0", "disable", "disabled"];

const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each: unknown) => typeof each === "string");

const kinds: Readonly<Record<ValueRow["kind"], Kind>> = {
  choice: {
    expected: ({ values = [] }) => `one of ${values.join(", ")}`,
    parse: (text, row) => choiceOf(unquoted(text).toLowerCase(), row.values ?? []),
    accepts: (value, { values = [] }) => values.includes(value as string),
  },
  list: {
    expected: ({ values = [] }) => `some of ${values.join(", ")}, separated by commas, or none`,
    inCode: ({ values = [] }) => `an array of some of ${values.join(", ")}`,
    parse: (text, row) => listOf(unquoted(text).toLowerCase(), row.values ?? []),
    accepts: (value, { values = [] }) =>
      isTextList(value) && (value as string[]).every((each) => values.includes(each)),
  },
  names: {
    expected: () => "names, separated by commas",
    inCode: () => "an array of texts",
    parse: (text) => wordsOf(unquoted(text)),
    accepts: isTextList,
  },
  boolean: {
    expected: () => "true or false (or yes and no, on and off, 1 and 0)",
    inCode: () => "true or false",
    parse: (text) => booleanOf(unquoted(text).toLowerCase()),
    accepts: (value) => typeof value === "boolean",
  },
  duration: {
    expected: () => "a duration above zero with its unit, such as 500ms, 30s, 5m or 2h",
    inCode: () => "a number of milliseconds from 0",
    parse: (text) => durationOf(unquoted(text).toLowerCase()),
    accepts: (value) => typeof value === "number" && value >= 0,
  },
  count: {
    expected: () => "a whole number from 1",
    parse: (text) =>
      /^\+?\d+$/.test(unquoted(text)) && Number(unquoted(text)) > 0 ? Number(unquoted(text)) : undefined,
    accepts: (value) => typeof value === "number" && value >= 1,
  },
  number: {
    expected: () => "a number",
    parse: (text) => (Number.isFinite(Number(unquoted(text))) ? Number(unquoted(text)) : undefined),
    accepts: (value) => typeof value === "number" && !Number.isNaN(value),
  },
  text: {
    expected: () => "a text",
    parse: (text) => text,
    accepts: (value) => typeof value === "string",
  },
};

/** The allowed values, as text after "expected". */
export const expectedOf = (row: ValueRow): string => kinds[row.kind].expected(row);

/** The allowed values in code, as text after "expected". */
export const expectedInCode = (row: ValueRow): string => (kinds[row.kind].inCode ?? kinds[row.kind].expected)(row);

/** Parses a text; undefined if it is not an allowed value. */
export const parseValue = (text: string, row: ValueRow): unknown => kinds[row.kind].parse(text, row);

/** Whether a value given in code is allowed. */
export const acceptsValue = (value: unknown, row: ValueRow): boolean => kinds[row.kind].accepts(value, row);

/** The value of a variable as text; undefined where it is absent or blank. */
export function textOf(env: Readonly<Record<string, string | undefined>>, variable: string): string | undefined {
  const text = env[variable]?.trim();
  return text === undefined || text === "" ? undefined : text;
}

function booleanOf(word: string): boolean | undefined {
  if (yes.includes(word)) return true;
  return no.includes(word) ? false : undefined;
}

/** One of the words; yes and no count as the words of the same meaning. */
function choiceOf(word: string, values: readonly string[]): string | undefined {
  if (values.includes(word)) return word;
  const meant = booleanOf(word);
  if (meant === undefined) return undefined;
  return (meant ? ["on", "true"] : ["off", "none", "false"]).find((each) => values.includes(each));
}

function listOf(text: string, values: readonly string[]): readonly string[] | undefined {
  if (text === "all") return values;
  if (text === "none" || booleanOf(text) === false) return [];
  const words = wordsOf(text);
  return words.length > 0 && words.every((word) => values.includes(word)) ? words : undefined;
}

function durationOf(text: string): number | undefined {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)$/.exec(text) ?? [];
  const ms = Number(amount) * (units[unit] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const units: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [1, "ms"],
      [second, "s sec secs second seconds"],
      [minute, "m min mins minute minutes"],
      [hour, "h hr hrs hour hours"],
      [day, "d day days"],
    ] as const
  ).flatMap(([ms, names]) => names.split(" ").map((name) => [name, ms])),
);

const wordsOf = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** Docker's `--env-file` and systemd's `Environment=` leave the quotes around a value that is written with them. */
const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2]?.trim() ?? text;
