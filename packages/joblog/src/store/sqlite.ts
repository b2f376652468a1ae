import type * as Sqlite from "node:sqlite";

/**
 * The SQLite that Node brings. Node 22 warns, as it loads it, that it is experimental; whoever starts
 * a job log has not chosen it, so that one warning is held back and every other one is shown.
 */
export function loadSqlite(): typeof Sqlite {
  const warn = process.emitWarning;
  process.emitWarning = (...given: unknown[]) => {
    if (!isOfSqlite(given)) Reflect.apply(warn, process, given);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = warn;
  }
}

const isOfSqlite = ([text, kind]: readonly unknown[]): boolean =>
  kind === "ExperimentalWarning" && typeof text === "string" && text.startsWith("SQLite ");
