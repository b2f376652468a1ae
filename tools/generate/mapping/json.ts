import { secret } from "../../../packages/core/src/event/redact.ts";
import { at, concat, escaped, matches, replace, replaceAll, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";

/*
 * OTTL parses JSON into maps that have forgotten the order of their members and every digit that a double lacks. So
 * texts are taken apart as texts. Code points that no text may have stand for what JSON's grammar is made of:
 */

/** A quote that begins or ends a text. */
export const quote = "\uFDD0";
/** The backslash of an escape that is written as one: `\n`, `\u001f`. */
const backslash = "\uFDD1";
/** `\"` */
const escapedQuote = "\uFDD2";
/** `\\` */
const escapedBackslash = "\uFDD3";
/** Stands between a key and its value, */
export const colon = "\uFDD4";
/** and after them. */
export const comma = "\uFDD5";

/** How deep objects and lists may be nested. */
export const depthLimit = 12;

/** Nothing more is done with a record once this is set: it says why. */
export const refusal: string = at("refusal");

const isFine = `${refusal} == nil`;

/** Statements that are run as long as nothing is refused. */
export const fine = (statements: readonly Statement[]): Statement[] => when(isFine, statements);

/** Refuses a record for the first reason that is found. */
export const refuse = (reason: string, where: string): Statement =>
  set(refusal, text(reason), `${isFine} and (${where})`);

/** JSON text at `name`, written as JavaScript would write it, with the code points above for its grammar. */
export const canonical = (name: string): Statement[] => {
  const json = at(name);
  return [
    replace(json, "^\uFEFF", ""),
    refuse("it holds code points that no text has", matches(json, String.raw`[\x{FDD0}-\x{FDD6}]|\\u(?i:fdd[0-6])`)),
    refuse("it is no JSON", matches(json, String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f]`)),
    replace(json, String.raw`\\(.)`, `${backslash}$1`),
    replace(json, `${backslash}u(?i:0022)|${backslash}"`, escapedQuote),
    replace(json, `${backslash}u(?i:005c)|${backslash}\\\\`, escapedBackslash),
    replace(json, `${backslash}/`, "/"),
    replace(json, '"', quote),
    replace(json, `(${quote}[^${quote}]*${quote})|[ \t\r\n]+`, "$1"),
    refuse("it is no JSON", matches(json, "[\t\r\n]")),
    ...numbers(json),
    ...unescaped(json),
  ];
};

/** What the Collector's own parser lets pass that JSON does not have. */
const numbers = (json: string): Statement[] => [
  set(at("tokens"), json),
  replace(at("tokens"), `${quote}[^${quote}]*${quote}`, ""),
  refuse("it is no JSON", matches(at("tokens"), String.raw`(?:^|[^\d.eE+-])-?0\d|\.(?:\D|$)`)),
];

/** Refuses keys that JavaScript puts before all others, but for those in members that are hidden. */
export const orderly = (json: string, secrets: readonly string[]): Statement[] => {
  const shown = at("tokens");
  return when(matches(json, numericKey), [
    set(shown, json),
    ...secrets.flatMap((name) => hidden(shown, name)),
    refuse("a key is a number", matches(shown, numericKey)),
  ]);
};

const numericKey = `${quote}(?:0|[1-9]\\d*)${quote}:`;

const shortEscapes: readonly (readonly [string, string])[] = [
  ["0008", "b"],
  ["0009", "t"],
  ["000a", "n"],
  ["000c", "f"],
  ["000d", "r"],
];

/** Each character is written as itself, but for those that JSON cannot write so. */
const unescaped = (json: string): Statement[] => [
  ...shortEscapes.map(([code, letter]) => replace(json, `${backslash}u(?i:${code})`, `${backslash}${letter}`)),
  {
    run: `replace_pattern(${json}, ${text(`${backslash}u(00[01][0-9a-fA-F])`)}, "$1", ToLowerCase, ${text(`${backslash}x%s`)})`,
  },
  set(at("tokens"), json),
  replace(at("tokens"), `${backslash}u(?i:d[89ab])[0-9a-fA-F]{2}${backslash}u(?i:d[c-f])[0-9a-fA-F]{2}`, ""),
  refuse("it holds half a character", matches(at("tokens"), `${backslash}u(?i:d[89a-f])`)),
  replace(json, `${backslash}u`, String.raw`\u`),
  set(json, `ParseJSON(${concat(text('{"t":"'), json, text('"}'))})["t"]`, matches(json, String.raw`\\u`)),
  replace(json, `${backslash}x`, `${backslash}u`),
];

const grammar: readonly (readonly [string, string])[] = [
  [quote, '"'],
  [escapedQuote, String.raw`\"`],
  [escapedBackslash, String.raw`\\`],
  [backslash, "\\"],
];

/** Canonical text as JSON again. */
export const restored = (target: string): Statement[] =>
  grammar.map(([code, instead]) => replace(target, code, instead));

/** As `restored`, for all values of a map. */
export const restoredAll = (map: string): Statement[] =>
  grammar.map(([code, instead]) => replaceAll(map, code, instead));

/** How the grammar of a canonical text is written where the text stands as a text in another one. */
export const asText: readonly (readonly [string, string])[] = [
  [escapedBackslash, escapedBackslash.repeat(2)],
  [escapedQuote, escapedBackslash + escapedQuote],
  [backslash, escapedBackslash],
  [quote, escapedQuote],
];

/**
 * The canonical text of an object.
 * @param members a map of canonical texts. @param others further members, each with a comma after it.
 */
export const objectOf = (target: string, members: string, others: string): Statement[] => [
  set(target, concat(`ToKeyValueString(${members}, ${text(colon)}, ${text(comma)})`, text(comma))),
  replace(target, `^${comma}$`, ""),
  replace(target, `([^${colon}${comma}]+)${colon}([^${comma}]*)${comma}`, `${quote}$\{1}${quote}:$\{2},`),
  set(target, concat(target, others)),
  set(target, concat('"{"', `TrimSuffix(${target}, ",")`, '"}"')),
];

const string = `${quote}[^${quote}]*${quote}`;

/** What can stand between two brackets, as a regular expression. */
const inside = (depth: number): string =>
  depth === 0 ? `[^{}\\[\\]]*` : `(?:[^${quote}{}\\[\\]]|${string}|[{\\[]${inside(depth - 1)}[}\\]])*`;

/** A value in canonical text, as a regular expression. */
const value = `(?:${string}|[{\\[]${inside(depthLimit)}[}\\]]|[^${quote}{}\\[\\]:,]+)`;

/** An object in canonical text, as a regular expression. */
export const object = `\\{${inside(depthLimit)}\\}`;

/** A list of objects in canonical text, as a regular expression. */
export const listOfObjects = `\\[(?:\\{${inside(4)}\\}(?:,\\{${inside(4)}\\})*)?\\]`;

/** `[secret]` in the place of each member of a name, wherever it stands; what says nothing hides nothing. */
export const hidden = (target: string, key: string): Statement[] => [
  replace(
    target,
    `${quote}${escaped(key)}${quote}:(\\[\\]|\\{\\}|${quote}${quote}|null)`,
    `${quote}${key}${quote}${colon}$1`,
  ),
  replace(target, `${quote}${escaped(key)}${quote}:${value}`, `${quote}${key}${quote}:${quote}${secret}${quote}`),
  replace(target, `${quote}${key}${quote}${colon}`, `${quote}${key}${quote}:`),
];

/**
 * Takes the object whose canonical text is at `from` apart: its members' canonical texts by their keys are then at
 * `raw`, and in their order, as `"key":"text",`, at `members`.
 */
export const opened = (from: string, level: string): Statement[] => {
  const members = at("members", level);
  return when(matches(from, `^${object}$`), [
    set(members, from),
    replace(members, String.raw`^\{(.*)\}$`, "$1"),
    replace(members, `${quote}([^${quote}]*)${quote}:(${value}),?`, '"$1":"$2",'),
    set(at("raw", level), `ParseJSON(${concat('"{"', `TrimSuffix(${members}, ",")`, '"}"')})`),
  ]);
};
