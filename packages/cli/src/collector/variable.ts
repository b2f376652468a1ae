import { placesIn } from "./config.ts";
import type { Place } from "./config.ts";

/** What a process finds in its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of a configuration. */
export interface Variable {
  readonly name: string;
  /** Where it stands without a default, it has to be set. */
  readonly isRequired: boolean;
  /** What is taken where it is not set, each once. */
  readonly defaults: readonly string[];
  readonly places: readonly Place[];
}

/** `${env:NAME}` or `${env:NAME:-default}` in a text. */
interface Reference {
  readonly name: string;
  readonly fallback: string | undefined;
}

/** The variables of a configuration, in the order in which they stand there. */
export function variablesOf(config: unknown): Variable[] {
  const found = new Map<string, { defaults: Set<string>; places: Place[]; isRequired: boolean }>();
  for (const place of placesIn(config))
    for (const { name, fallback } of referencesIn(place.text)) {
      const variable = found.get(name) ?? { defaults: new Set(), places: [], isRequired: false };
      if (fallback === undefined) variable.isRequired = true;
      else variable.defaults.add(fallback);
      variable.places.push(place);
      found.set(name, variable);
    }
  return [...found].map(([name, { defaults, ...rest }]) => ({ name, defaults: [...defaults], ...rest }));
}

/** Every reference in a text, also in the default of another. */
export const referencesIn = (text: string): Reference[] =>
  partsOf(text).flatMap((part) => (typeof part === "string" ? [] : [part, ...referencesIn(part.fallback ?? "")]));

/**
 * A text with its variables' values, as the Collector reads it: a default counts only where a variable is not set at
 * all, and one that is set to nothing is nothing. A value is read as the text is: of `$$` in it one is left, and a
 * variable in it is replaced. The Collector ends where that goes on for ever.
 */
export const expanded = (text: string, env: Environment, depth = 0): string =>
  partsOf(text)
    .map((part) => {
      if (typeof part === "string" || depth > deepest) return typeof part === "string" ? part : "";
      return expanded(env[part.name] ?? part.fallback ?? "", env, depth + 1);
    })
    .join("");

const deepest = 20;

/** Plain texts, where `$$` is one dollar, and references. What other providers would bring is a plain text. */
function partsOf(text: string): (string | Reference)[] {
  const parts: (string | Reference)[] = [];
  let i = 0;
  while (i < text.length) {
    const end = text.startsWith("${", i) ? closing(text, i + 2) : -1;
    const match = end === -1 ? null : reference.exec(text.slice(i + 2, end));
    const step = match !== null ? end + 1 - i : text.startsWith("$$", i) ? 2 : 1;
    parts.push(match === null ? text.charAt(i) : { name: match[1] ?? "", fallback: match[2] });
    i += step;
  }
  return parts;
}

const reference = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/;

/** Where the brace closes that was opened just before; -1 where it never does. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
  }
  return -1;
}
