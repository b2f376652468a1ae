import { hash } from "node:crypto";
import type { EventName, JobAttributes, RecordSource } from "@jobtrail/conventions";
import { fromMillis, jobUid, normalise, now, runUid, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { stateOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { JobReading } from "./reading.ts";
import { endedValues, keptValues, knownValues, queuedValues, startedValues } from "./values.ts";
import type { Values } from "./values.ts";

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
  readonly outcome?: Outcome;
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

/** @param system `job.system.name`, and whether its ids may be another job's later. */
export function observing({
  name: system,
  reusesIds,
}: {
  readonly name: string;
  readonly reusesIds: boolean;
}): Observing {
  const uid: Observing["uid"] = ({ namespace, queue, id, identity = id, created }) =>
    identity === undefined || (reusesIds && created === undefined)
      ? undefined
      : jobUid({ system, namespace, queue, id: identity, created: reusesIds ? created : undefined });
  const ofRun: Observing["runUid"] = (reading) => {
    const own = uid(reading);
    return own === undefined || reading.runMark === undefined ? undefined : runUid(own, reading.runMark);
  };
  const constants = ({ namespace, queue, name, schedule }: Partial<JobReading>): JobAttributes => ({
    "job.system.name": system,
    ...(namespace !== undefined && { "job.namespace": namespace }),
    ...(queue !== undefined && { "job.queue.name": queue }),
    ...(name !== undefined && { "job.name": name }),
    ...(schedule !== undefined && { "job.schedule.id": schedule }),
  });
  const recordUid = (...parts: readonly (string | undefined)[]): string =>
    hash("sha256", [system, ...parts].join("/")).slice(0, 32);
  return {
    uid,
    runUid: ofRun,
    event({ name, reading, atMs, record, source, isThisRun = false, outcome = {} }) {
      const run = isThisRun ? ofRun(reading) : undefined;
      const values = valuesOf(
        name,
        { ...reading, attempt: isThisRun ? reading.attempt : undefined },
        uid(reading),
        run,
        outcome,
        atMs,
      );
      return normalise({
        name,
        ...(atMs !== undefined && { time: fromMillis(atMs) }),
        seen: now(),
        attributes: {
          ...constants(reading),
          ...values,
          "job.record.source": source,
          // Whoever infers the end of a run, it is one record.
          "log.record.uid":
            source === "inferred" && run !== undefined
              ? `${run}-lost`
              : recordUid(reading.namespace, reading.queue, reading.id, record, name),
        },
        ...(outcome.error !== undefined && { error: outcome.error }),
      });
    },
    gap: (record, reading, count, reason) => ({
      name: "job.log.gap",
      time: now(),
      seen: now(),
      attributes: {
        ...constants(reading),
        ...(count !== undefined && { "job.gap.count": count }),
        "job.reason": reason,
        "job.record.source": "stream",
        "log.record.uid": recordUid(reading.namespace, reading.queue, record, "gap"),
      },
    }),
  };
}

function valuesOf(
  name: Sight["name"],
  reading: JobReading,
  uid: string | undefined,
  run: string | undefined,
  outcome: Outcome,
  atMs = toMillis(now()),
): JobAttributes {
  if (name === "job.queued") return attributesOf(queuedValues(reading, uid));
  if (name === "job.deduplicated") return attributesOf(keptValues(reading, uid, undefined, outcome.reason ?? ""));
  if (name !== "job.run.started" && name !== "job.run.ended") return attributesOf(knownValues(reading, uid, outcome));
  const { ready, runNumber } = reading;
  const number = run === undefined ? undefined : runNumber;
  const wait = run === undefined || ready === undefined ? undefined : Math.max(0, atMs - ready) / 1000;
  const known = attributesOf(
    startedValues(
      { ...reading, runNumber: number, state: "active" },
      { uid, runUid: run, wait, lateness: undefined, worker: undefined, batchSize: undefined },
    ),
  );
  if (name === "job.run.started") return known;
  const { "job.state": _, "job.run.wait": __, ...lasting } = known;
  const state = stateOf(outcome);
  return { ...lasting, ...attributesOf(endedValues(outcome)), ...(state !== undefined && { "job.state": state }) };
}

function attributesOf({ keys, values }: Values): JobAttributes {
  const known: Record<string, unknown> = {};
  keys.forEach(({ name }, at) => {
    if (values[at] !== undefined) known[name] = values[at];
  });
  return known as JobAttributes;
}
