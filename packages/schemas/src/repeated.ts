import { pathOf } from "./json-path.ts";

/**
 * The path of a key that a JSON text has twice in one object; nothing where each stands once. `JSON.parse` keeps the
 * last of them without a word.
 * @param value what `JSON.parse` gave for the text.
 */
export function repeatedKey(json: string, value: unknown): string | undefined {
  return keysIn(json) === keysOf(value) ? undefined : firstRepeated(json);
}

/** How many keys a JSON text has. Texts are skipped by their quotes, so that this costs little. */
function keysIn(json: string): number {
  let count = 0;
  for (let start = json.indexOf('"'); start >= 0;) {
    const end = endOfText(json, start);
    let next = end + 1;
    while (json.charCodeAt(next) <= 0x20) next++;
    if (json.charCodeAt(next) === 0x3a) count++;
    start = json.indexOf('"', next);
  }
  return count;
}

function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let first = at;
  while (json.charCodeAt(first - 1) === 0x5c) first--;
  return (at - first) % 2 === 1;
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const each of value) count += keysOf(each);
  else {
    const keys = Object.keys(value);
    count = keys.length;
    for (const key of keys) count += keysOf((value as Readonly<Record<string, unknown>>)[key]);
  }
  return count;
}

const token = /"[^"\\]*(?:\\[^][^"\\]*)*"(\s*:)?|[{}[\],]/g;

/** An object or list that is open at a place in the text. */
interface Open {
  readonly keys: Set<string> | undefined;
  /** The key or index that is being read. */
  at: string | number;
}

function firstRepeated(json: string): string | undefined {
  const open: Open[] = [];
  for (const [text, colon] of json.matchAll(token)) {
    const inner = open.at(-1);
    if (text === "{" || text === "[") open.push({ keys: text === "{" ? new Set() : undefined, at: 0 });
    else if (text === "}" || text === "]") open.pop();
    else if (inner === undefined) continue;
    else if (text === "," && typeof inner.at === "number") inner.at++;
    else if (colon !== undefined && inner.keys !== undefined) {
      inner.at = JSON.parse(text.slice(0, -colon.length)) as string;
      if (inner.keys.has(inner.at)) return pathOf(open.map(({ at }) => at));
      inner.keys.add(inner.at);
    }
  }
  return undefined;
}
