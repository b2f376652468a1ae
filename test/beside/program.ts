import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of its own, gone at the end. */
export interface Folder extends Disposable {
  readonly path: string;
}

/** A folder with an app's files, which finds the packages of this one, or of another one's installation. */
export function folderOf(files: Readonly<Record<string, string>>, packages = join(import.meta.dirname, "..")): Folder {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-beside-"));
  for (const [name, text] of Object.entries({ "package.json": `{ "name": "app", "private": true }`, ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  symlinkSync(join(packages, "node_modules"), join(path, "node_modules"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
