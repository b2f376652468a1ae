import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** The folder of the user's job log, by the XDG base directory specification. */
export function defaultFolder(): string {
  const said = process.env["XDG_DATA_HOME"];
  return join(said !== undefined && isAbsolute(said) ? said : join(homedir(), ".local", "share"), "jobtrail");
}

/**
 * Makes a folder and those above it that are missing. Node's own recursive `mkdir` (24.21) never comes back where a
 * parent refuses with ENOENT, as `/proc` does.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}
