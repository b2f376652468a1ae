import type { Files } from "./files.ts";

/** Removes from the catalogue what it says of days that are forgotten. Nobody is told it in the meantime. */
export function sweep({ catalogue }: Files): void {
  catalogue.transaction(() => {
    catalogue.run("DELETE FROM jobs WHERE home NOT IN (SELECT day FROM days)");
    catalogue.run("DELETE FROM definitions WHERE id NOT IN (SELECT definition FROM definition_days)");
  });
  catalogue.exec("VACUUM");
}
