import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/workspace.ts";

/** The compiler options of a program that uses the installed packages. */
export interface Module {
  readonly name: string;
  readonly options: readonly string[];
  /** The programs that are checked: a CommonJS one, an ES module, or one that is what its manifest says. */
  readonly programs: readonly string[];
}

/** The ways in which TypeScript finds the types of packages. */
export const modules: readonly Module[] = [
  { name: "commonjs", options: ["--module", "commonjs"], programs: ["typed.ts"] },
  { name: "node16", options: ["--module", "node16"], programs: ["typed.cts", "typed.mts"] },
  { name: "nodenext", options: ["--module", "nodenext"], programs: ["typed.cts", "typed.mts"] },
  { name: "bundler", options: ["--module", "esnext", "--moduleResolution", "bundler"], programs: ["typed.ts"] },
];

/** What a TypeScript says against a program that uses the packages of a folder; nothing where all is well. */
export function typeErrors(folder: string, module: Module, typescript: string): Promise<string> {
  for (const extension of ["ts", "cts", "mts"])
    cpSync(join(import.meta.dirname, "app/typed.cts"), join(folder, `typed.${extension}`));
  const strict = ["--noEmit", "--strict", "--skipLibCheck", "false", "--esModuleInterop", "--target", "es2022"];
  const node = ["--lib", "es2022", "--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  const given = [join(typescript, "lib/tsc.js"), ...strict, ...node, ...module.options, ...module.programs];
  return new Promise((resolve) => execFile(process.execPath, given, { cwd: folder }, (_, out) => resolve(out)));
}
