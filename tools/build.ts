/** Builds every package from nothing: `<package>/dist`. */
import { chmodSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { main, run } from "./command.ts";
import { writeCommonJs } from "./declarations.ts";
import { packages, root } from "./workspace.ts";

/** Builds all packages. @throws Error where the compiler refuses. */
export function build(): void {
  // `tsc -b` never removes the output of a deleted source.
  for (const path of globSync("{packages/*,dashboards}/{dist,*.tsbuildinfo}", { cwd: root }))
    rmSync(join(root, path), { recursive: true });
  // The sources are not packed, so maps to them would lead nowhere.
  const options = ["--sourceMap", "false", "--declarationMap", "false"];
  run(join(root, "node_modules/.bin/tsc"), ["-b", ...options, ...packages().map(({ folder }) => folder)]);
  run(process.execPath, [join(root, "tools/bundle.ts")]);
  for (const { folder } of packages()) writeCommonJs(join(root, folder, "dist"));
  for (const { folder, manifest } of packages())
    for (const path of Object.values(manifest.bin ?? {})) chmodSync(join(root, folder, path), 0o755);
}

if (import.meta.main) await main(build);
