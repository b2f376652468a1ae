import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/workspace.ts";
import { installed } from "../hosts/hosts.ts";

/**
 * A copy of an example outside the workspace: what it depends on by a lockfile of its own, and Jobtrail's packages as
 * they stand here.
 * @param set the installation, where it is another version of the same packages.
 */
export async function installExample(name: string, files: readonly string[], set = name): Promise<string> {
  const folder = await installed(join(import.meta.dirname, "sets", set), `beside/${set}`, exampleIn(name), files);
  const link = join(folder, "node_modules/@jobtrail");
  if (!existsSync(link)) symlinkSync(join(root, "test/node_modules/@jobtrail"), link);
  return folder;
}

/** What an example depends on, and what its installation has: the same but for Jobtrail's packages. */
export const dependencies = (name: string): Readonly<Record<"said" | "installed", object>> => ({
  said: Object.fromEntries(
    Object.entries(dependenciesIn(exampleIn(name))).filter(([dependency]) => !isOurs.test(dependency)),
  ),
  installed: dependenciesIn(join(import.meta.dirname, "sets", name)),
});

/** What stands in the workspace. */
const isOurs = /^(@jobtrail\/.+|typescript|@types\/node)$/;

const exampleIn = (name: string): string => join(root, "examples", name);

function dependenciesIn(folder: string): object {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, object>;
  return { ...dependencies, ...devDependencies };
}
