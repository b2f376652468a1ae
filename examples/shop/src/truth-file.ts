import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Truth } from "./compare.ts";
import { FlagError } from "./flags.ts";
import type { Stored } from "./truth.ts";

const file = "truth.json";

/** Stores what really happened beside the job log, so that both can be compared again. */
export function writeTruth(folder: string, { stored, ticks, lost }: Truth): void {
  writeFileSync(join(folder, file), JSON.stringify({ stored, ticks: Object.fromEntries(ticks), lost }, null, 2));
}

/** Reads what an earlier run stored. @throws FlagError if there is no file. */
export function readTruth(folder: string): Truth {
  const path = join(folder, file);
  if (!existsSync(path))
    throw new FlagError(`${path} does not exist: run the demo with --once --data ${folder} first.`);
  const { stored, ticks, lost } = JSON.parse(readFileSync(path, "utf8")) as {
    stored: Stored[];
    ticks: Record<string, string[]>;
    lost: string[];
  };
  return { stored, ticks: new Map(Object.entries(ticks)), lost };
}
