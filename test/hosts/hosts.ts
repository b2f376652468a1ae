import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../tools/workspace.ts";

const execute = promisify(execFile);

/** What an app's own SDK was given. */
export interface Output {
  readonly spans: readonly { readonly name: string; readonly parent?: string; readonly trace: string }[];
  readonly records: readonly string[];
  readonly metrics: readonly string[];
}

/** A program that has ended. */
export interface Ran {
  readonly output: Output;
  readonly err: string;
}

/** A folder in which an app is installed that has another OpenTelemetry than Jobtrail. */
export const installHost = (name: string): Promise<string> =>
  installed(join(import.meta.dirname, name), `hosts/${name}`, import.meta.dirname, ["app.mjs", "esm.mjs", "hook.mjs"]);

/**
 * Installs a folder's packages by its own lockfile, outside the workspace. The installation is kept from one run to the
 * next for as long as the lockfile is the same.
 * @param name the folder's name in `.cache`.
 * @param programs files and folders of `programsIn` that are copied beside the packages.
 */
export async function installed(
  from: string,
  name: string,
  programsIn: string,
  programs: readonly string[],
): Promise<string> {
  const to = join(root, ".cache", name);
  const mark = join(to, "installed.json");
  const lock = readFileSync(join(from, "package-lock.json"), "utf8");
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
  for (const program of programs) cpSync(join(programsIn, program), join(to, program), { recursive: true });
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return to;
  const quiet = ["--no-audit", "--no-fund", "--loglevel", "error", "--prefer-offline", "--ignore-scripts"];
  await execute("npm", ["ci", ...quiet, "--fetch-timeout", "20000"], { cwd: to });
  writeFileSync(mark, lock);
  return to;
}

/** Runs the app with the flag, from the sources of this workspace. */
export async function runHost(folder: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const { out, err } = await runProgram(folder, "app.mjs", ["--import", register], env);
  return { output: JSON.parse(out.trim().split("\n").at(-1) ?? "") as Output, err };
}

/** The flag's module, as it stands in the workspace. */
export const register: string = join(root, "packages/register/src/index.ts");

/** Runs a program of the app's folder with flags of Node's; gives what it printed. */
export async function runProgram(
  folder: string,
  program: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly out: string; readonly err: string }> {
  const { stdout, stderr } = await execute(process.execPath, ["--conditions=@jobtrail/source", ...flags, program], {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...env },
    timeout: 30_000,
  });
  return { out: stdout, err: stderr };
}
