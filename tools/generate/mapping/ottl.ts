/** A statement of the OpenTelemetry Transformation Language, and on what condition it is run. */
export interface Statement {
  readonly run: string;
  readonly where?: string | undefined;
}

/** Statements under one heading. */
export interface Section {
  readonly title: string;
  readonly statements: readonly Statement[];
}

/** A text as OTTL writes it, in ASCII. */
export const text = (value: string): string =>
  JSON.stringify(value).replaceAll(
    /[\u007F-\uFFFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A place in what is kept while one record is mapped. */
export const at = (...keys: readonly string[]): string => `log.cache${keys.map((key) => `[${text(key)}]`).join("")}`;

/** An attribute of the record. */
export const attribute = (name: string): string => `log.attributes[${text(name)}]`;

/** Sets a value, if there is one. */
export const set = (target: string, value: string, where?: string): Statement => ({
  run: `set(${target}, ${value})`,
  where,
});

/** Replaces each match of a regular expression (RE2). */
export const replace = (target: string, pattern: string, instead: string, where?: string): Statement => ({
  run: `replace_pattern(${target}, ${text(pattern)}, ${text(instead)})`,
  where,
});

/** Cuts a text that is longer than so many units of UTF-16, as JavaScript counts: the last unit is then a mark. */
export const cut = (target: string, limit: number): Statement[] => [
  replace(target, `(${pair})`, `$\{1}${second}`),
  replace(target, `(?s)^(.{${limit - 1}}).{2,}$`, "${1}…"),
  replace(target, `${pair}…$`, "…"),
  replace(target, second, ""),
];

const pair = String.raw`[\x{10000}-\x{10FFFF}]`;
/** Stands for the second unit of a character that has two; no text may have it. */
const second = "\uFDD6";

/** Replaces each match in each text of a map. */
export const replaceAll = (map: string, pattern: string, instead: string): Statement => ({
  run: `replace_all_patterns(${map}, "value", ${text(pattern)}, ${text(instead)})`,
});

/** Texts one after the other; `nil` is written as `<nil>`. */
export const concat = (...parts: readonly string[]): string => `Concat([${parts.join(", ")}], "")`;

/** A condition: a text matches a regular expression. What is not there does not. */
export const matches = (value: string, pattern: string): string => `IsMatch(${value}, ${text(pattern)})`;

/** A condition: a text is one of these words. */
export const isOneOf = (value: string, words: readonly string[]): string =>
  matches(value, `^(?:${words.map(escaped).join("|")})$`);

/** A condition: a text is there and says something. */
export const isSaid = (value: string): string => `${value} != nil and ${value} != ""`;

/** The regular expression of a text. */
export const escaped = (value: string): string => value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** Statements that are run on a condition besides their own. */
export const when = (condition: string, statements: readonly Statement[]): Statement[] =>
  statements.map(({ run, where }) => ({
    run,
    where: where === undefined ? condition : where.startsWith(condition) ? where : `${condition} and (${where})`,
  }));

/** The statements of a processor's list as YAML, each section under its title. */
export const yamlOf = (sections: readonly Section[], indent: string): string =>
  sections
    .map(({ title, statements }) =>
      [`${indent}# ${title}`, ...statements.map((statement) => `${indent}- ${quoted(lineOf(statement))}`)].join("\n"),
    )
    .join("\n");

const lineOf = ({ run, where }: Statement): string => (where === undefined ? run : `${run} where ${where}`);

/** The Collector puts variables in the place of what follows a dollar sign, unless there are two. */
const quoted = (line: string): string => `'${line.replaceAll("'", "''").replaceAll("$", "$$$$")}'`;
