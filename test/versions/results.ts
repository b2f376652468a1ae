import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the suite said of a version of a library, on one Node. */
export interface Result {
  readonly library: string;
  readonly version: string;
  readonly node: string;
  /** The day on which it was run, as ISO 8601 writes it. */
  readonly date: string;
  /** How many cases held; each is run with the library imported and required. */
  readonly held: number;
  /** The cases that cannot hold, as its harness says. */
  readonly cannot: readonly string[];
}

const file = join(import.meta.dirname, "results.json");

/** What was run last of every version, on every Node. */
export const results = (): readonly Result[] => JSON.parse(readFileSync(file, "utf8")) as Result[];

/** Keeps a result in the place of the one before. */
export function keep(result: Result): void {
  const others = results().filter(
    ({ library, version, node }) =>
      library !== result.library || version !== result.version || majorOf(node) !== majorOf(result.node),
  );
  const all = [...others, result].toSorted((one, other) =>
    keyOf(one).localeCompare(keyOf(other), "en", { numeric: true }),
  );
  writeFileSync(file, `[\n${all.map((each) => `  ${JSON.stringify(each)}`).join(",\n")}\n]\n`);
}

const keyOf = ({ library, version, node }: Result): string => `${library} ${version} ${node}`;

/** The major version of a Node. */
export const majorOf = (node: string): number => Number.parseInt(node);
