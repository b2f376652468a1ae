import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The folder of the user's job log, by the XDG base directory specification. */
export function defaultFolder(): string {
  const said = process.env["XDG_DATA_HOME"];
  return join(said !== undefined && isAbsolute(said) ? said : join(homedir(), ".local", "share"), "jobtrail");
}
