/** The items of a JSON list as texts, and the text around the list. */
export interface List {
  readonly items: readonly string[];
  /** The answer with one item in the place of the whole list. */
  around(item: string): string;
}

/**
 * Takes a JSON text apart at its list without parsing it: the text may be larger than one record may be, and each item
 * keeps every digit. Undefined where the text has no such list, or ends within it.
 * @param key the name of the list in an object; without one the text is the list.
 */
export function listIn(text: string, key?: string): List | undefined {
  const start = key === undefined ? firstIn(text) : startOf(text, key);
  if (start === undefined || text[start] !== "[") return undefined;
  const items: string[] = [];
  const end = eachValue(text, start, (from, to) => void items.push(text.slice(from, to).trim()));
  if (end === undefined) return undefined;
  // `[]` has one part, and it is empty; a comma before the bracket is a mistake of a printed example.
  if (items.at(-1) === "") items.pop();
  const [before, after] = [text.slice(0, start), text.slice(end + 1)];
  return { items, around: (item) => `${before}${item}${after}` };
}

const firstIn = (text: string): number => /^\uFEFF?\s*/.exec(text)?.[0].length ?? 0;

const token = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\],]/g;

/** Where the value of a key of the outermost object begins. */
function startOf(text: string, key: string): number | undefined {
  const open = firstIn(text);
  if (text[open] !== "{") return undefined;
  const name = JSON.stringify(key);
  let found: number | undefined;
  eachValue(text, open, (from, to) => {
    const head = /^\s*("[^"\\]*(?:\\[^][^"\\]*)*")\s*:\s*/.exec(text.slice(from, Math.min(to, from + 1000)));
    if (head?.[1] === name) found ??= from + head[0].length;
  });
  return found;
}

/** Calls for each part between the commas of an object or list; gives where it ends, undefined where it does not. */
function eachValue(text: string, start: number, call: (from: number, to: number) => void): number | undefined {
  token.lastIndex = start + 1;
  let [depth, from] = [1, start + 1];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [sign] = match;
    if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    if (depth > 1 || (sign !== "," && depth === 1)) continue;
    call(from, match.index);
    from = match.index + 1;
    if (depth === 0) return match.index;
  }
  return undefined;
}
