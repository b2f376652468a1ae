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
  return {
    definition(kind) {
      let definition = known.get(kind);
      if (definition === undefined) known.set(kind, (definition = recorder.define(constantsOf(system, kind))));
      return definition;
    },
    uid({ namespace, queue, id, identity, created }) {
      const own = identity ?? id;
      if (own === undefined || (reusesIds && created === undefined)) return undefined;
      return jobUid({ system, namespace, queue, id: own, created: reusesIds ? created : undefined });
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
