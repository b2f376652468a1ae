import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { unwritable } from "../errors.ts";

/**
 * Makes a folder and those that it stands in, where they are absent.
 * @throws StoreError where it cannot be made.
 */
export function makeFolder(folder: string): void {
  try {
    make(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unwritable(`the folder ${folder} cannot be made: ${why}; choose another one.`, cause);
  }
}

// Level by level: with `recursive`, mkdirSync never returns under /proc, where a folder that is there
// answers that it is not (Node 20 to 24).
function make(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) make(parent);
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another process may have made it in between.
    if (!isFolder(path)) throw cause;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
