import { tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { flagOf, kindOf, readJob, schemaOf, withoutFlag } from "./job.ts";
import type { Job, Options } from "./job.ts";

/** What an app asks for with a job. */
interface Spec {
  readonly jobKey?: string;
  readonly flags?: readonly string[] | null;
}

type Adding = readonly [task: string, payload?: unknown, spec?: Spec];
type AddingMany = readonly [specs: readonly (Spec & { readonly identifier: string })[], ...rest: readonly unknown[]];

/** The functions that store jobs: each is made for its caller, by a few functions of `helpers.js`. */
export function adding(exports: unknown, jobs: Jobs): readonly Tap[] {
  const watched = new WeakSet<Call>();
  const surrounded = (fn: unknown, around: (fn: Call) => Call): unknown => {
    if (typeof fn !== "function" || watched.has(fn as Call)) return fn;
    const made = around(fn as Call);
    watched.add(made);
    return made;
  };
  const addJob = (fn: unknown, schema: string): unknown =>
    surrounded(fn, (each) =>
      jobs.surround(each, "addJob", (_, args) => jobs.queue(oneJob(args as unknown as Adding, schema))),
    );
  const addJobs = (fn: unknown, schema: string): unknown =>
    surrounded(fn, (each) =>
      jobs.surround(each, "addJobs", (_, args) => {
        const call = manyJobs(args as unknown as AddingMany, schema);
        return call && jobs.queue(call);
      }),
    );
  // Within the file these two are called past its exports.
  const both = (made: unknown, options: Options): unknown => {
    const holder = made as { addJob?: unknown; addJobs?: unknown };
    const schema = schemaOf(options);
    holder.addJob = addJob(holder.addJob, schema);
    if (holder.addJobs !== undefined) holder.addJobs = addJobs(holder.addJobs, schema);
    return made;
  };
  return [
    tap<unknown, [Options]>(exports, "makeAddJob", (_, [options]) => ({
      gives: (made) => addJob(made, schemaOf(options)),
    })),
    tap<unknown, [Options]>(exports, "makeAddJobs", (_, [options]) => ({
      gives: (made) => addJobs(made, schemaOf(options)),
    })),
    tap<unknown, [{ readonly compiledSharedOptions: Options }]>(exports, "makeWorkerShared", (_, [given]) => ({
      gives: (made) => both(made, given.compiledSharedOptions),
    })),
    tap<unknown, [Options & { readonly compiledSharedOptions?: Options }]>(exports, "makeJobHelpers", (_, [given]) => ({
      gives: (made) => both(made, given.compiledSharedOptions ?? given),
    })),
  ];
}

const oneJob = ([task, payload, spec = {}]: Adding, schema: string): Parameters<Jobs["queue"]>[0] => ({
  verb: "addJob",
  to: kindOf(schema, task),
  write: (carrier) => [task, payload, flagged(spec, carrier)],
  stored: (job) => [storedBy(job as Job, schema, spec)],
  gives: (job) => withoutFlag(job as Job),
});

function manyJobs([specs, ...rest]: AddingMany, schema: string): Parameters<Jobs["queue"]>[0] | undefined {
  const [first] = specs;
  if (first === undefined) return undefined;
  return {
    verb: "addJobs",
    to: kindOf(schema, first.identifier),
    write: (carrier) => [specs.map((spec) => flagged(spec, carrier)), ...rest],
    stored: (rows) =>
      (rows as readonly (Job | { readonly id?: undefined })[]).flatMap((job, at) =>
        job.id === undefined ? [] : [storedBy(job, schema, specs[at] ?? {})],
      ),
    gives: (rows) => {
      (rows as readonly Job[]).forEach(withoutFlag);
      return rows;
    },
  };
}

const flagged = <S extends Spec>(spec: S, carrier: object): S => ({
  ...spec,
  flags: [...(spec.flags ?? []), flagOf(carrier)],
});

/** With a key, the job that waits under it is changed; it is the same job as before. */
function storedBy(job: Job, schema: string, { jobKey }: Spec): Stored {
  const reading = readJob({ job, schema, isAsked: true });
  if (jobKey === undefined || job.revision === 0) return { reading };
  return { reading, twin: { reading, isSame: false, reason: "a job with this key waits", key: jobKey } };
}
