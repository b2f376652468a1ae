import { depthLimit } from "./json.ts";

/** A text of JSON as it came, as a regular expression. */
const string = String.raw`"(?:[^"\\]|\\.)*"`;

/** What can stand between two brackets. */
const inside = (depth: number): string =>
  depth === 0 ? String.raw`[^{}\[\]]*` : String.raw`(?:[^"{}\[\]]|${string}|[{\[]${inside(depth - 1)}[}\]])*`;

/** A JSON value as it came, as a regular expression. */
export const valueText: string = String.raw`(?:${string}|[{\[]${inside(depthLimit)}[}\]]|[^\s"{}\[\],]+)`;

/** A JSON object as it came, as a regular expression. */
export const objectText: string = String.raw`\{${inside(depthLimit)}\}`;
