import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What of a variant says which files of which library are watched. */
interface Files {
  readonly module: string;
  readonly files: readonly string[];
}

/** Whoever watches the files of a library. */
interface Loading {
  loaded(file: { module: string; file: string; version: string; exports: unknown }): unknown;
}

/**
 * Requires a library as a test file would, and shows its files to a watcher as the hooks do.
 * @param from the test file's `import.meta.url`.
 * @param name as the test's package calls it, where that is an alias of another version.
 * @returns the library's exports.
 */
export function load<T>(watcher: Loading, { module, files }: Files, from: string, name: string = module): T {
  const require = createRequire(from);
  const entry = require.resolve(name);
  const root = rootOf(entry);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  for (const file of files) {
    const path = file === "." ? entry : join(root, file);
    // A file of another version, or the twin for ES modules.
    if (!existsSync(path) || path.endsWith(".mjs")) continue;
    if (path !== entry && isModule(root, path)) continue;
    watcher.loaded({ module, file, version, exports: require(path) as unknown });
  }
  return require(name) as T;
}

/** The nearest folder above with a manifest that has a name. */
function rootOf(path: string): string {
  for (let at = dirname(path); ; at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(manifest) && "name" in (JSON.parse(readFileSync(manifest, "utf8")) as object)) return at;
    if (at === dirname(at)) throw new Error(`${path} is in no package.`);
  }
}

const isModule = (root: string, path: string): boolean =>
  path.endsWith(".js") &&
  (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { type?: string }).type === "module";
