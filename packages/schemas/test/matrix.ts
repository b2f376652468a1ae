import { fromIso, fromMillis, isRefusal, secondsBetween } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import * as fc from "fast-check";
import { schemas } from "../src/index.ts";
import type { Schema } from "../src/index.ts";
import { counters, factsOf, jobIn, jobs, rows } from "./jobs.ts";

/** How a value comes back that went through a record of another system's schema. */
export type Fidelity = "exact" | "derived" | "lost";

/** How many jobs each cell was measured by at the most. */
export const measured = 600;

/** For each of the registry's names how each schema holds it. */
export function matrix(): readonly (readonly [name: string, Readonly<Record<string, Fidelity>>])[] {
  const made = fc.sample(jobs, { numRuns: measured, seed: 20_260_101 });
  const pairs = Object.values(schemas).map(
    (schema) => [schema.name, made.map((job) => throughSchema(schema, job))] as const,
  );
  return [...rows.map(([key]) => key).filter((key) => !key.endsWith("<key>")), ...counters].map((key) => [
    key,
    Object.fromEntries(pairs.map(([name, all]) => [name, fidelityOf(key, all)])),
  ]);
}

/** What was known of a job, and what is known of it after it went through a schema. */
interface Pair {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

function throughSchema(schema: Schema<object>, events: Parameters<typeof jobIn>[0]): Pair {
  const records = schema.write(events, { tenant: "tenant", account: "account" });
  if (isRefusal(records)) throw new Error(`${schema.name} refuses a job: ${records.path}, ${records.expected}`);
  const read = records.flatMap((record) => {
    const parsed = schema.parse(JSON.stringify(record));
    if (isRefusal(parsed)) throw new Error(`${schema.name} wrote what it refuses: ${parsed.path}, ${parsed.expected}`);
    return schema.read(parsed, seen);
  });
  const after = factsOf(jobIn(read));
  const job: Job = jobIn(events);
  return { before: factsOf(job, after["job.run.uid"]), after };
}

const seen = fromMillis(2_000_000_000_000);

function fidelityOf(key: string, pairs: readonly Pair[]): Fidelity {
  const known = pairs.filter(({ before }) => before[key] !== undefined);
  if (known.length === 0) throw new Error(`No job that was made has ${key}.`);
  if (known.every(({ before, after }) => isSame(before[key], after[key]))) return "exact";
  return known.every(({ after }) => after[key] === undefined) ? "lost" : "derived";
}

/** Times are the same where they are one instant, numbers where a double's last digits alone differ. */
function isSame(before: unknown, after: unknown): boolean {
  if (typeof before === "number" && typeof after === "number") return Math.abs(before - after) < 1e-6;
  const times = [before, after].map((value) => (typeof value === "string" ? fromIso(value) : undefined));
  const [one, other] = times;
  if (one !== undefined && other !== undefined) return secondsBetween(one, other) === 0;
  return JSON.stringify(before) === JSON.stringify(after);
}
