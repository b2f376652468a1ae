import type { Database } from "./database.ts";
import { prepareTables } from "./tables.ts";
import { Writer } from "./writer.ts";

/**
 * Brings a store up to date, and opens it for writing. It is closed where that fails.
 * @throws StoreError where it cannot be used.
 */
export function openWriter(db: Database): Writer {
  try {
    const isStale = prepareTables(db);
    const writer = new Writer(db);
    if (isStale) writer.rebuild();
    return writer;
  } catch (cause) {
    db.close();
    throw cause;
  }
}
