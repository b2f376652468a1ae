import type { DefinitionAttributes } from "@jobtrail/conventions";
import { jobUid } from "@jobtrail/core/event";
import type { Definition, Recorder } from "@jobtrail/core/recorder";
import type { JobKind, JobReading } from "./reading.ts";

/** What the jobs of a system are called. */
export interface Kinds {
  /** The interned definition of a kind. */
  definition(kind: JobKind): Definition;
  /** `job.uid`; nothing where the reading lacks what makes a job unique. */
  uid(reading: JobReading): string | undefined;
}

/**
 * @param system `job.system.name`.
 * @param reusesIds whether an id may be another job's later: then the time of creation tells them apart.
 */
export function kindsOf(system: string, reusesIds: boolean, recorder: Recorder): Kinds {
  const known = new WeakMap<JobKind, Definition>();
  const queueOf = queues(system, recorder);
  const namedOf = latest(queueOf);
  return {
    definition(kind) {
      const { namespace, queue, name, schedule, expression, timezone } = kind;
      if (expression === undefined && timezone === undefined)
        return name === undefined && schedule === undefined
          ? queueOf(namespace, queue)
          : namedOf(namespace, queue, name, schedule);
      let definition = known.get(kind);
      if (definition === undefined) known.set(kind, (definition = recorder.define(constantsOf(system, kind))));
      return definition;
    },
    uid({ namespace, queue, id, identity, created }) {
      const own = identity ?? id;
      if (own === undefined || (reusesIds && created === undefined)) return undefined;
      const born = reusesIds ? created : undefined;
      const definition = queueOf(namespace, queue);
      const { "job.namespace": space, "job.queue.name": name } = definition.attributes;
      // A name that had to be cut is not what makes the job unique.
      return space === namespace && name === queue
        ? definition.uid(own, born)
        : jobUid({ system, namespace, queue, id: own, created: born });
    },
  };
}

type QueueOf = (namespace: string | undefined, queue: string | undefined) => Definition;

/** Gives the definition of a name in a queue. One job after the other is of the same: then no map is asked. */
function latest(
  queueOf: QueueOf,
): (
  namespace: string | undefined,
  queue: string | undefined,
  name: string | undefined,
  schedule: string | undefined,
) => Definition {
  let last: Definition | undefined;
  let lastQueue: Definition | undefined;
  let lastName: string | undefined;
  let lastSchedule: string | undefined;
  return (namespace, queue, name, schedule) => {
    const all = queueOf(namespace, queue);
    if (last !== undefined && all === lastQueue && name === lastName && schedule === lastSchedule) return last;
    last = all.named(name, schedule);
    lastQueue = all;
    lastName = name;
    lastSchedule = schedule;
    return last;
  };
}

const mostQueues = 1000;

/** Gives a queue's definition by two looks in a map: for each job of it no text is made. */
function queues(system: string, recorder: Recorder): QueueOf {
  const spaces = new Map<string | undefined, Map<string | undefined, Definition>>();
  let kept = 0;
  let last: Definition | undefined;
  let lastSpace: string | undefined;
  let lastQueue: string | undefined;
  return (namespace, queue) => {
    if (last !== undefined && namespace === lastSpace && queue === lastQueue) return last;
    const found = spaces.get(namespace)?.get(queue);
    if (found !== undefined) {
      last = found;
      lastSpace = namespace;
      lastQueue = queue;
      return found;
    }
    const made = recorder.define(constantsOf(system, { namespace, queue }));
    if (kept >= mostQueues) return made;
    kept++;
    const space = spaces.get(namespace) ?? new Map<string | undefined, Definition>();
    spaces.set(namespace, space.set(queue, made));
    return made;
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
