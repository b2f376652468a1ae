import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The files of the package that a required entry belongs to. `require` keeps what it gave by path,
 * ES modules too, so the entry says where its package is; an entry that was imported is not there.
 * @param paths the wanted files, from the package's root.
 */
export function innerFiles(entry: unknown, paths: readonly string[]): ReadonlyMap<string, unknown> {
  const module = Object.values(require.cache).find((cached) => cached?.exports === entry);
  if (module === undefined) return new Map();
  return new Map(paths.map((path) => [path, require(join(module.filename, "../..", path)) as unknown]));
}
