import type { Problem } from "../contract.ts";
import { daysOf } from "./catalogue.ts";
import { dayName } from "./day.ts";
import type { Files } from "./files.ts";

/** The days that cannot be read. Each file is opened for that, and no more. */
export function problemsOf(files: Files): Problem[] {
  const known = daysOf(files.catalogue).filter(({ records }) => records > 0);
  for (const day of files.days())
    for (const kind of ["records", "jobs"] as const)
      files.read(day, kind, undefined, (db) => db.first("SELECT 1 FROM sqlite_schema LIMIT 1"));
  const found = files.problems();
  const missing = known
    .filter(({ day }) => !files.has(day, "records") && !found.some((each) => each.day === day))
    .map(({ day }) => ({
      day,
      reason: `${files.dayPath(day, "records")} is missing: put it back, or run "jobtrail log rebuild" to go on without it.`,
    }));
  return [...found, ...missing]
    .toSorted((a, b) => a.day - b.day)
    .map(({ day, reason }) => ({ day: dayName(day), reason }));
}
