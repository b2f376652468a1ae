import { tap } from "@jobtrail/instrumentation/adapter";
import type { Around, Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { idOf, isRecurring, kindOf, readJob } from "./job.ts";
import type { Agenda, Attributes, Job } from "./job.ts";

/** What apps call to ask for jobs; each saves one job for each name. */
const verbs = { now: 0, nowDebounced: 0, schedule: 1 } as const;

/** How many jobs that were saved here are remembered, to tell a job that is asked for again. */
const mostSaved = 1024;

/** What apps do with jobs: ask for them, save one again, remove one. */
export function asking(classes: Classes, jobs: Jobs): readonly Tap[] {
  const saved = new Set<string>();
  return [
    ...(Object.keys(verbs) as (keyof typeof verbs)[]).map((verb) =>
      tap<Agenda, readonly unknown[]>(classes.Agenda.prototype, verb, (agenda, args) => {
        const names = args[verbs[verb]];
        const [name] = Array.isArray(names) ? (names as readonly unknown[]) : [names];
        if (typeof name !== "string" || agenda.forkedWorker === true) return undefined;
        return jobs.queue({ verb, to: kindOf(agenda, name), gathers: true });
      }),
    ),
    tap<Job, []>(classes.Job.prototype, "save", (job) => saving(job, saved, jobs)),
    // Of jobs that are removed by name, data or id Agenda only tells how many they were.
    tap<Job, []>(classes.Job.prototype, "remove", ({ agenda, attrs }) => ({
      returned: (count) => count === 1 && jobs.event("job.removed", readJob({ agenda, attrs })),
    })),
  ];
}

/** The classes that the library exports. */
export interface Classes {
  readonly Agenda: { readonly prototype: unknown };
  readonly Job: { readonly prototype: unknown };
}

function saving(job: Job, saved: Set<string>, jobs: Jobs): Around | undefined {
  const { agenda, attrs } = job;
  // What a schedule stores is no job yet.
  if (agenda.forkedWorker === true || isRecurring(attrs)) return undefined;
  const before = { ...attrs };
  if (idOf(attrs) !== undefined) return { returned: () => savedAgain(job, before, jobs) };
  const stored = (): readonly Stored[] => [storedBy(job, before, saved)];
  const call = jobs.gathering();
  if (call === undefined) return jobs.queue({ verb: "save", to: kindOf(agenda, attrs.name), stored });
  const { promise, resolve } = Promise.withResolvers<Stored | undefined>();
  call.add(() => [promise]);
  return { returned: () => resolve(stored()[0]), threw: () => resolve(undefined) };
}

function storedBy({ agenda, attrs }: Job, before: Attributes, saved: Set<string>): Stored {
  const reading = readJob({ agenda, attrs, isAsked: true });
  const id = idOf(attrs) ?? "";
  const isKept = before.unique !== undefined && (saved.has(id) || wasThere(attrs, before));
  saved.add(id);
  if (saved.size > mostSaved) saved.delete(saved.keys().next().value ?? "");
  if (!isKept) return { reading };
  return { reading, twin: { reading, isSame: false, reason: "a job with these unique values exists" } };
}

/** Where a job of the same unique values was there, Agenda gives that one; it does not say so. */
const wasThere = ({ nextRunAt }: Attributes, before: Attributes): boolean =>
  before.uniqueOpts?.insertOnly === true &&
  before.uniqueOpts.debounce === undefined &&
  nextRunAt?.getTime() !== before.nextRunAt?.getTime();

/** A job that has ended and has a time again is started again. */
function savedAgain({ agenda, attrs }: Job, before: Attributes, jobs: Jobs): void {
  const { lastFinishedAt, nextRunAt, lockedAt } = before;
  if (lastFinishedAt !== undefined && lockedAt === undefined && nextRunAt !== undefined && nextRunAt !== null)
    jobs.event("job.restarted", readJob({ agenda, attrs }));
}
