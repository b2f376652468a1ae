import type { Fuzzed } from "../../packages/schemas/test/fuzz.ts";
import { lines } from "../bench/lines.ts";

const head = ["", "read", "refused", "at paths", "most often at"];

/** What became of the records, as a table for people. */
export const table = (fuzzed: readonly Fuzzed[]): string =>
  lines([
    head,
    ...fuzzed.map(({ name, read, refused, paths }) => [
      name,
      read.toLocaleString("en"),
      refused.toLocaleString("en"),
      String(paths.size),
      [...paths]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 4)
        .map(([path]) => path)
        .join(", "),
    ]),
  ]);
