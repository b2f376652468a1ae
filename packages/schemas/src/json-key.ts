/**
 * `JSON.parse` of Node 24 to 26 may take a key with an escape in it for another one that it has met at the same place
 * and that holds a backslash: after `{"a":1,"\\":1}` it reads `{"a":1,"\n":1}` as the first (nodejs/node#63785). Keys
 * without escapes are read right, so that for being read those that have some are written in another way.
 */

/** Whether a key of a JSON text may have an escape in it. */
export const mayEscapeKeys = (json: string): boolean => json.includes("\\") && escapedKey.test(json);

const escapedKey = /[{,]\s*"[^"\\]*\\/;

/** The same JSON text with keys that have no escapes; `named` gives their names back. */
export const withoutEscapes = (json: string): string =>
  json.replace(text, (all, inside: string, colon: string | undefined) =>
    colon !== undefined && (inside.includes("\\") || inside.startsWith(mark))
      ? `"${mark}${hexOf(JSON.parse(`"${inside}"`) as string)}"${colon}`
      : all,
  );

const text = /"([^"\\]*(?:\\[^][^"\\]*)*)"(\s*:)?/g;

/** Begins each key that is written in another way: a character that is left to private use. */
const mark = "\uE000";

const hexOf = (name: string): string =>
  Array.from({ length: name.length }, (_, i) => name.charCodeAt(i).toString(16).padStart(4, "0")).join("");

/** An object read from such a text, with the names of its keys; all else as it is. */
export function named(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (!Object.keys(value).some((key) => key.startsWith(mark))) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => [nameOf(key), each]));
}

const nameOf = (key: string): string =>
  key.startsWith(mark)
    ? key.slice(mark.length).replaceAll(/.{4}/g, (hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : key;
