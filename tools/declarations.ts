/** Writes the declarations that a CommonJS program in TypeScript reads: the same types over the same ES module. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes `x.d.cts` beside each `x.d.ts` of a folder. To TypeScript, `x.d.ts` is an ES module, which `require` may not have. */
export function writeCommonJs(folder: string): void {
  for (const path of globSync("**/*.d.ts", { cwd: folder })) {
    const text = readFileSync(join(folder, path), "utf8");
    writeFileSync(join(folder, path.replace(/\.ts$/, ".cts")), commonJs(text));
  }
}

/** A declaration whose own files are the CommonJS ones. */
export const commonJs = (text: string): string => text.replaceAll(/((?:from|import\() ?"\.[^"]*)\.[jt]s"/g, '$1.cjs"');
