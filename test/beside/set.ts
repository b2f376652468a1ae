import { join } from "node:path";
import { installed } from "../hosts/hosts.ts";

/** Installs a set of packages by its lockfile, outside the workspace, with the programs of this folder beside them. */
export const installSet = (name: string): Promise<string> =>
  installed(join(import.meta.dirname, "sets", name), `beside/${name}`, import.meta.dirname, [
    "shop.mjs",
    "preload",
    "programs",
  ]);
