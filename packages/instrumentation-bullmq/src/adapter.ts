import type { Adapter, Jobs, Tap, Watch } from "@jobtrail/instrumentation/adapter";
import { clearing } from "./clear.ts";
import { changes, creating, flows, removals, schedulers, tracing } from "./queue.ts";
import { storing, working } from "./worker.ts";

/** The adapter of one major version. @param joining how the jobs of its flows are handed over to be stored. */
export const adapterOf =
  (joining: (prototype: unknown, jobs: Jobs) => Tap): Adapter =>
  (jobs) => ({
    ...inner("job", "Job", (prototype, Class) => [
      ...creating(Class, jobs),
      joining(prototype, jobs),
      ...changes(prototype, jobs),
      ...storing(prototype),
    ]),
    ...inner("queue-base", "QueueBase", (prototype) => [tracing(prototype)]),
    ...inner("queue", "Queue", (prototype) => [removals(prototype, jobs), ...clearing(prototype, jobs)]),
    ...inner("flow-producer", "FlowProducer", (prototype) => flows(prototype, jobs)),
    ...inner("job-scheduler", "JobScheduler", (prototype) => schedulers(prototype, jobs)),
    ...inner("worker", "Worker", (prototype) => working(prototype, jobs)),
  });

/** A class in an inner file. */
const inner = (
  file: string,
  name: string,
  watch: (prototype: unknown, Class: unknown) => readonly Tap[],
): Readonly<Record<string, Watch>> => ({
  [`dist/cjs/classes/${file}.js`](exports: unknown) {
    const Class = (exports as Readonly<Record<string, { readonly prototype: unknown } | undefined>>)[name];
    return Class === undefined ? [] : watch(Class.prototype, Class);
  },
});
