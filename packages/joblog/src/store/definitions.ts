import { toIso } from "@jobtrail/core/event";
import type { DefinitionView } from "../contract.ts";
import { QueryError } from "../errors.ts";
import type { JobQuery } from "../query/query.ts";
import type { Definition } from "./catalogue.ts";
import { compile, whereOf } from "./compile.ts";
import type { Database } from "./database.ts";
import type { Files } from "./files.ts";
import { daysOfQuery } from "./list.ts";
import type { Turn } from "./list.ts";
import { timeOfMicros } from "./record.ts";

/** The most definitions of one answer. */
const mostDefinitions = 200;

/** So many of the newest jobs of a definition say how it usually goes. */
const newest = 100;

/** Fewer jobs than these say nothing of when the next one is due. */
const fewest = 4;

/** What makes jobs by time, so that the next one can be expected. */
const byTime: ReadonlySet<string | null> = new Set(["cron", "interval"]);

interface Job {
  readonly first: number;
  readonly duration: number | null;
  readonly trigger: string | null;
}

interface Known {
  readonly jobs: Job[];
  all: number;
  failed: number;
}

/** The definitions that have jobs of a query, with what their newest jobs say of how they usually go. */
export async function definitionsOf(files: Files, query: JobQuery, turn: Turn): Promise<DefinitionView[]> {
  const known = new Map<number, Known>();
  for (const [i, { day, definitions }] of daysOfQuery(files.catalogue, query).entries()) {
    if (i > 0 && !(await turn.next())) throw new QueryError(turn.seconds);
    const ids = definitions ?? definitionsOfDay(files.catalogue, day);
    files.read(day, "jobs", undefined, (db) => {
      for (const { definition, jobs, failed } of countsOf(db, query, ids)) {
        const one = known.get(definition) ?? { jobs: [], all: 0, failed: 0 };
        one.all += jobs;
        one.failed += failed;
        if (one.jobs.length < newest) one.jobs.push(...newestOf(db, query, definition, newest - one.jobs.length));
        known.set(definition, one);
      }
    });
  }
  return [...known]
    .map(([id, one]) => ({ view: viewOf(files.catalogue, id, one), last: one.jobs[0]?.first ?? 0 }))
    .toSorted((a, b) => b.last - a.last)
    .slice(0, mostDefinitions)
    .map(({ view }) => view);
}

const definitionsOfDay = (catalogue: Database, day: number): number[] =>
  catalogue
    .all<{ definition: number }>("SELECT definition FROM definition_days WHERE day = ?", day)
    .map(({ definition }) => definition);

interface Count {
  readonly definition: number;
  readonly jobs: number;
  readonly failed: number;
}

/** From the sums by hour where all jobs are asked for, else from the jobs. */
function countsOf(db: Database, query: JobQuery, ids: readonly number[]): Count[] {
  const given = JSON.stringify(ids);
  const among = "definition IN (SELECT value FROM json_each(?))";
  const { jobs } = compile(query);
  if (jobs.length === 0)
    return db.all<Count>(
      `SELECT definition, sum(jobs) AS jobs, sum(failed) AS failed FROM hours WHERE ${among} GROUP BY 1 HAVING sum(jobs) > 0`,
      given,
    );
  const { text, values } = whereOf([...jobs, { text: `+${among}`, values: [given] }]);
  return db.all<Count>(
    `SELECT definition, count(*) AS jobs, sum(failed) AS failed FROM jobs ${text} GROUP BY 1`,
    ...values,
  );
}

function newestOf(db: Database, query: JobQuery, definition: number, most: number): Job[] {
  const { text, values } = whereOf([{ text: "definition = ?", values: [definition] }, ...compile(query).jobs]);
  return db.all<Job>(`SELECT first, duration, trigger FROM jobs ${text} ORDER BY first DESC LIMIT ?`, ...values, most);
}

function viewOf(catalogue: Database, id: number, { jobs, all, failed }: Known): DefinitionView {
  const definition = catalogue.first<Definition>(
    "SELECT system, namespace, queue, name FROM definitions WHERE id = ?",
    id,
  );
  const names = Object.entries(definition ?? {}).filter(([, value]) => value !== "");
  const durations = jobs.flatMap(({ duration }) => duration ?? []).toSorted((a, b) => a - b);
  const expected = expectedOf(jobs);
  return {
    ...Object.fromEntries(names),
    jobs: all,
    failed,
    last: toIso(timeOfMicros(jobs[0]?.first ?? 0)),
    ...(durations.length > 0 && { duration: { median: at(durations, 0.5), p95: at(durations, 0.95) } }),
    ...(expected !== undefined && { expected }),
  };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** When the next job is due: by the median of the times between the newest ones, where a schedule makes them. */
function expectedOf(jobs: readonly Job[]): DefinitionView["expected"] {
  if (jobs.length < fewest || !jobs.every(({ trigger }) => byTime.has(trigger))) return undefined;
  const times = jobs.map(({ first }) => first).toSorted((a, b) => b - a);
  const gaps = times.slice(1).map((time, i) => (times[i] ?? time) - time);
  const every = at(
    gaps.toSorted((a, b) => a - b),
    0.5,
  );
  return every === 0 ? undefined : { every: every / 1e6, next: toIso(timeOfMicros((times[0] ?? 0) + every)) };
}
