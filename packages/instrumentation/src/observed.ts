import { hash } from "node:crypto";
import type { EventName, JobAttributes, RecordSource } from "@jobtrail/conventions";
import { fromMillis, jobUid, normalise, now, runUid, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Outcome } from "./outcome.ts";
import type { JobReading } from "./reading.ts";
import { endedValues, keptValues, knownValues, queuedValues, startedValues } from "./values.ts";
import type { Values } from "./values.ts";

export type { Outcome } from "./outcome.ts";

/** Something that an observer saw happen to a job. */
export interface Sight {
  readonly name: Exclude<EventName, "job.log.gap">;
  readonly reading: JobReading;
  /** When it happened, in milliseconds; absent where the source does not say. */
  readonly atMs?: number | undefined;
  /** What makes it unique in its source: read twice it is one record. */
  readonly record: string;
  readonly source: RecordSource;
  /** Whether the reading is of the very run that this is about; a run that cannot be told is left out. */
  readonly isThisRun?: boolean;
  readonly outcome?: Outcome | undefined;
}

/** Makes events of what an observer sees: with the uids that hooks give to the same job and the same run. */
export interface Observing {
  uid(reading: JobReading): string | undefined;
  runUid(reading: JobReading): string | undefined;
  event(sight: Sight): JobEvent;
  /** Records that the source no longer had when it was read. */
  gap(
    record: string,
    reading: Pick<JobReading, "namespace" | "queue">,
    count: number | undefined,
    reason: string,
  ): JobEvent;
}

/** @param system its name, and whether its ids may be another job's later. */
export function observing(system: { readonly name: string; readonly reusesIds: boolean }): Observing {
  const uid: Observing["uid"] = ({ namespace, queue, id, identity = id, created }) =>
    identity === undefined || (system.reusesIds && created === undefined)
      ? undefined
      : jobUid({
          system: system.name,
          namespace,
          queue,
          id: identity,
          created: system.reusesIds ? created : undefined,
        });
  const ofRun: Observing["runUid"] = (reading) => {
    const own = uid(reading);
    return own === undefined || reading.runMark === undefined ? undefined : runUid(own, reading.runMark);
  };
  return {
    uid,
    runUid: ofRun,
    event(sight) {
      const { name, reading, atMs, record, source, isThisRun = false, outcome } = sight;
      const run = isThisRun ? ofRun(reading) : undefined;
      return normalise({
        name,
        ...(atMs !== undefined && { time: fromMillis(atMs) }),
        seen: now(),
        attributes: {
          ...constants(system.name, reading),
          ...valuesOf(sight, uid(reading), run),
          "job.record.source": source,
          // Whoever infers the end of a run, it is one record.
          "log.record.uid":
            source === "inferred" && run !== undefined
              ? `${run}-lost`
              : recordUid(system.name, reading.namespace, reading.queue, reading.id, record, name),
        },
        ...(outcome?.error !== undefined && { error: outcome.error }),
      });
    },
    gap: (record, reading, count, reason) => ({
      name: "job.log.gap",
      time: now(),
      seen: now(),
      attributes: {
        ...constants(system.name, reading),
        ...(count !== undefined && { "job.gap.count": count }),
        "job.reason": reason,
        "job.record.source": "stream",
        "log.record.uid": recordUid(system.name, reading.namespace, reading.queue, record, "gap"),
      },
    }),
  };
}

const constants = (system: string, { namespace, queue, name, schedule }: Partial<JobReading>): JobAttributes => ({
  "job.system.name": system,
  ...(namespace !== undefined && { "job.namespace": namespace }),
  ...(queue !== undefined && { "job.queue.name": queue }),
  ...(name !== undefined && { "job.name": name }),
  ...(schedule !== undefined && { "job.schedule.id": schedule }),
});

const recordUid = (...parts: readonly (string | undefined)[]): string => hash("sha256", parts.join("/")).slice(0, 32);

function valuesOf(sight: Sight, uid: string | undefined, run: string | undefined): JobAttributes {
  const { name, reading, outcome = {}, atMs = toMillis(now()) } = sight;
  if (name === "job.queued") return attributesOf(queuedValues(reading, uid));
  if (name === "job.deduplicated") return attributesOf(keptValues(reading, uid, undefined, outcome.reason ?? ""));
  if (name !== "job.run.started" && name !== "job.run.ended") return attributesOf(knownValues(reading, uid, outcome));
  const { ready, runNumber, attempt } = reading;
  const ofRun = run === undefined ? { runNumber: undefined, attempt: undefined } : { runNumber, attempt };
  const wait = run === undefined || ready === undefined ? undefined : Math.max(0, atMs - ready) / 1000;
  const start = { uid, runUid: run, wait, lateness: undefined, worker: undefined, batchSize: undefined };
  const known = attributesOf(startedValues({ ...reading, ...ofRun, state: "active" }, start));
  if (name === "job.run.started") return known;
  const { "job.state": _, "job.run.wait": __, ...lasting } = known;
  return { ...lasting, ...attributesOf(endedValues(outcome)) };
}

function attributesOf({ keys, values }: Values): JobAttributes {
  const known: Record<string, unknown> = {};
  keys.forEach(({ name }, at) => {
    if (values[at] !== undefined) known[name] = values[at];
  });
  return known as JobAttributes;
}
