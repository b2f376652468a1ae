import { fromMillis, jobUid, runUid } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";

/** A run that began and of which no end is known. */
export interface OpenRun {
  readonly system: string;
  readonly id: string;
  readonly name?: string | undefined;
  readonly queue?: string | undefined;
  /** The run's uid, where it is not the only run of its job. */
  readonly run?: string | undefined;
  /** When it began or was first seen, in milliseconds. */
  readonly since: number;
}

/**
 * The event that a run has not ended within a limit. It is no end: whether the run is still at work, only its own
 * system knows.
 */
export function stalled({ system, id, name, queue, run, since }: OpenRun, limitMs: number, now: number): JobEvent {
  const uid = jobUid({ system, id });
  const runId = run ?? runUid(uid, 1);
  const time = fromMillis(since + limitMs);
  return {
    name: "job.stalled",
    time,
    seen: fromMillis(now),
    attributes: {
      "job.system.name": system,
      ...(name !== undefined && { "job.name": name }),
      ...(queue !== undefined && { "job.queue.name": queue }),
      "job.id": id,
      "job.uid": uid,
      "job.run.uid": runId,
      "job.state": "stalled",
      "job.reason": `no end is known ${Math.round(limitMs / 1000)} s after its start; its own system still lists it as started`,
      "job.record.source": "inferred",
      "log.record.uid": `${runId}-stalled-${since}`,
    },
  };
}
