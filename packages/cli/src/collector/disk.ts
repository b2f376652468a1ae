import { mkdtempSync, rmdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { placesIn, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded, referencesIn } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** What keeps the Collector from writing its queues and files, one line each. */
export function diskFaults(config: Config, env: Environment): string[] {
  const faults = foldersOf(config, env).map(({ folder, from }) => faultOf(folder, from));
  return [...new Set(faults.filter((fault) => fault !== undefined))];
}

interface Folder {
  readonly folder: string;
  readonly from: string;
}

/** The folders of the queues, and those of the files that are written. */
const foldersOf = (config: Config, env: Environment): Folder[] =>
  [...Object.entries(config.extensions), ...Object.entries(config.exporters)]
    .flatMap(([id, value]) => placesIn(value, [id]))
    .flatMap(({ path: [id = "", ...keys], text }) => {
      const from = referencesIn(text)[0]?.name ?? `${id}.${keys.join(".")}`;
      if (typeOf(id) === "file_storage" && keys.at(-1) === "directory") return [{ folder: expanded(text, env), from }];
      return typeOf(id) === "file" && keys.join() === "path" ? [{ folder: dirname(expanded(text, env)), from }] : [];
    });

/** The Collector makes the folder, so what counts is the first one above it that is there. */
function faultOf(folder: string, from: string): string | undefined {
  let there = resolve(folder);
  while (statSync(there, { throwIfNoEntry: false }) === undefined && dirname(there) !== there) there = dirname(there);
  if (!statSync(there).isDirectory()) return `${there} is a file; ${from} wants a folder there. Name another.`;
  try {
    // Only an attempt tells: the rights say nothing of a disk that is mounted for reading alone.
    rmdirSync(mkdtempSync(join(there, ".jobtrail-")));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${there} cannot be written by this user (${code}), and ${resolve(folder)} is to be there. Give it to the user, or set ${from} to another folder.`;
  }
}
