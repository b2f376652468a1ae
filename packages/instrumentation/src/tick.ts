import type { TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, processInstance } from "@jobtrail/core/event";
import { activeSpan, asked, inject } from "@jobtrail/core/recorder";
import type { JobKind, JobReading } from "./reading.ts";

/** The times of a start, in milliseconds. */
interface Times {
  readonly nominal: number | undefined;
  /** Whether it is the first start of its nominal time. */
  readonly isNew: boolean;
  readonly atMs: number;
  readonly next: number | undefined;
}

let again = 0;

/**
 * One job per process, schedule and nominal time: two replicas that tick at once have two jobs. A
 * run by hand has no nominal time; its own time and a count stand for it.
 */
export function tickReading(
  kind: JobKind,
  id: string,
  trigger: TriggerType,
  { nominal, isNew, atMs, next }: Times,
): JobReading {
  const mark = `${isoOfMillis(nominal ?? atMs)}${isNew ? "" : `#${++again}`}`;
  return {
    ...kind,
    id: `${id}@${mark}`,
    identity: `${id}/${processInstance}/${mark}`,
    created: undefined,
    delay: undefined,
    ready: undefined,
    nominal,
    next,
    blocked: undefined,
    state: "active",
    trigger,
    maxAttempts: undefined,
    priority: undefined,
    runNumber: 1,
    attempt: 1,
    runMark: "1",
    // Only who calls for a run asks for it: a timer's context is not the asker's.
    carried: trigger === "manual" ? inject(activeSpan()?.spanContext(), asked()) : undefined,
    input: undefined,
  };
}
