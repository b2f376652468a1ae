import { tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Outcome, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob, schemaOf } from "./job.ts";
import type { Job, Options } from "./job.ts";

/** A job's row, which from 0.14 on names its task by a number. */
type Row = Omit<Job, "task_identifier"> & { readonly task_identifier?: string; readonly task_id?: number };

interface Client {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly { id: number; identifier: string }[] }>;
}

/** What apps do with jobs by hand. */
interface Utils {
  withPgClient<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

/** `makeWorkerUtils`, whose object ends and reschedules jobs by hand. */
export const byHand = (exports: unknown, jobs: Jobs): Tap =>
  tap<unknown, [Options & { readonly preset?: { readonly worker?: Options } }]>(
    exports,
    "makeWorkerUtils",
    (_, [options]) => {
      const schema = schemaOf({ workerSchema: options.schema ?? options.preset?.worker?.schema });
      return {
        returned(made) {
          const utils = made as Utils;
          jobs.also([
            ending(utils, "completeJobs", schema, jobs, () => ({ state: "completed", reason: "completed by a call" })),
            ending(utils, "permanentlyFailJobs", schema, jobs, ({ last_error }) => ({
              result: "failure",
              state: "failed",
              final: true,
              thrown: { message: last_error },
              reason: "failed by a call",
            })),
            tap<Utils, [unknown, { readonly attempts?: number }?]>(utils, "rescheduleJobs", (_, [, how]) => ({
              returned: (rows) =>
                each(rows as readonly Row[], utils, schema, jobs, (job) => {
                  // Whose attempts begin again, and which has failed before, is started again.
                  if (how?.attempts !== undefined && job.last_error !== null)
                    jobs.event("job.restarted", readJob({ job, schema }));
                }),
            })),
          ]);
        },
      };
    },
  );

const ending = (utils: Utils, name: string, schema: string, jobs: Jobs, outcome: (job: Job) => Outcome): Tap =>
  tap<Utils, []>(utils, name, () => ({
    returned: (rows) =>
      each(rows as readonly Row[], utils, schema, jobs, (job) =>
        jobs.event("job.ended", readJob({ job, schema }), outcome(job)),
      ),
  }));

/** Each of the rows whose task is known. */
function each(rows: readonly Row[], utils: Utils, schema: string, jobs: Jobs, told: (job: Job) => void): void {
  const named = (names: ReadonlyMap<number, string>): void => {
    for (const row of rows) {
      const task_identifier = row.task_identifier ?? names.get(row.task_id ?? -1);
      if (task_identifier !== undefined) told({ ...row, task_identifier });
    }
  };
  if (rows.every((row) => row.task_identifier !== undefined)) return named(new Map());
  const ids = rows.map((row) => row.task_id);
  const tasks = `"${schema.replaceAll('"', '""')}".`;
  const from = (table: string) =>
    utils.withPgClient((client) =>
      client.query(`select id, identifier from ${tasks}${table} where id = any($1::int[])`, [ids]),
    );
  void jobs
    // Until 0.15 the table is called by its name alone.
    .read(() => from("_private_tasks").catch(() => from("tasks")))
    .then((found) => named(new Map(found?.rows.map(({ id, identifier }) => [id, identifier]))));
}
