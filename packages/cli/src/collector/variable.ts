import { scalarsIn } from "./config.ts";
import type { Scalar } from "./config.ts";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of a configuration. */
export interface Variable {
  readonly name: string;
  /** Whether some use has no default, so that the variable must be set. */
  readonly isRequired: boolean;
  /** The defaults, each once. */
  readonly defaults: readonly string[];
  readonly uses: readonly Scalar[];
}

/** `${env:NAME}` or `${env:NAME:-default}` in a text. */
interface Reference {
  readonly name: string;
  readonly fallback: string | undefined;
}

/** The variables of a configuration, in the order in which they stand there. */
export function variablesOf(config: unknown): Variable[] {
  const found = new Map<string, { defaults: Set<string>; uses: Scalar[]; isRequired: boolean }>();
  for (const use of scalarsIn(config))
    for (const { name, fallback } of referencesIn(use.text)) {
      const variable = found.get(name) ?? { defaults: new Set(), uses: [], isRequired: false };
      if (fallback === undefined) variable.isRequired = true;
      else variable.defaults.add(fallback);
      variable.uses.push(use);
      found.set(name, variable);
    }
  return [...found].map(([name, { defaults, ...rest }]) => ({ name, defaults: [...defaults], ...rest }));
}

/** Every reference in a text, also in the default of another. */
export const referencesIn = (text: string): Reference[] =>
  partsOf(text).flatMap((part) => (typeof part === "string" ? [] : [part, ...referencesIn(part.fallback ?? "")]));

/**
 * A text with its variables replaced, as the Collector does it: a default counts only if a variable is not set at
 * all; a variable set to an empty text gives an empty text. A value is expanded like the text: `$$` becomes `$`, and a
 * variable in it is replaced. The Collector ends if this never stops.
 */
export const expanded = (text: string, env: Environment, depth = 0): string =>
  partsOf(text)
    .map((part) => {
      if (typeof part === "string" || depth > deepest) return typeof part === "string" ? part : "";
      return expanded(env[part.name] ?? part.fallback ?? "", env, depth + 1);
    })
    .join("");

const deepest = 20;

/** Plain texts, in which `$$` is one dollar, and references. References to other providers count as plain text. */
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

/** The position of the closing brace that matches the one before `from`; -1 if there is none. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
  }
  return -1;
}
