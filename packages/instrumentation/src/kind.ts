import type { DefinitionAttributes } from "@jobtrail/conventions";
import type { Definition, Recorder } from "@jobtrail/core/recorder";
import type { JobKind, JobReading } from "./reading.ts";

/** What the jobs of a system are called. */
export interface Kinds {
  /** The interned definition of a kind. */
  definition(kind: JobKind): Definition;
  /** `job.uid`; nothing where the reading lacks what makes a job unique. */
  uid(reading: JobReading): string | undefined;
}

/** How many queues are kept; names may be made up per job. */
const mostQueues = 10_000;

/**
 * @param system `job.system.name`.
 * @param reusesIds whether an id may be another job's later: then the time of creation tells them apart.
 */
export function kindsOf(system: string, reusesIds: boolean, recorder: Recorder): Kinds {
  const namespaces = new Map<string | undefined, Map<string | undefined, Definition>>();
  /** The queue's own definition: one look per job, and no text is put together for it. */
  const queueOf = (namespace: string | undefined, queue: string | undefined): Definition => {
    let queues = namespaces.get(namespace);
    if (queues === undefined) namespaces.set(namespace, (queues = new Map<string | undefined, Definition>()));
    const known = queues.get(queue);
    if (known !== undefined) return known;
    const made = recorder.define(constantsOf(system, { namespace, queue }));
    if (queues.size < mostQueues) queues.set(queue, made);
    return made;
  };
  return {
    definition(kind) {
      const { namespace, queue, name, schedule } = kind;
      // Only schedules in the process have these.
      if (kind.expression !== undefined || kind.timezone !== undefined)
        return recorder.define(constantsOf(system, kind));
      const definition = queueOf(namespace, queue);
      return name === undefined && schedule === undefined ? definition : definition.named(name, schedule);
    },
    uid({ namespace, queue, id, identity, created }) {
      const own = identity ?? id;
      if (own === undefined || (reusesIds && created === undefined)) return undefined;
      return queueOf(namespace, queue).uid(own, reusesIds ? created : undefined);
    },
  };
}

const constantsOf = (
  system: string,
  { namespace, queue, name, schedule, expression, timezone }: JobKind,
): DefinitionAttributes => ({
  "job.system.name": system,
  ...(namespace !== undefined && { "job.namespace": namespace }),
  ...(queue !== undefined && { "job.queue.name": queue }),
  ...(name !== undefined && { "job.name": name }),
  ...(schedule !== undefined && { "job.schedule.id": schedule }),
  ...(expression !== undefined && { "job.schedule.expression": expression }),
  ...(timezone !== undefined && { "job.schedule.timezone": timezone }),
});
