import type { EventName, JobState, TriggerType } from "@jobtrail/conventions";
import { now, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { tell } from "@jobtrail/core/recorder";
import type { Lifecycle } from "./lifecycle.ts";
import { errorOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { JobReading } from "./reading.ts";
import { knownValues } from "./values.ts";

/** What may happen to a job outside of its runs. */
export type OutsideName = Extract<
  EventName,
  "job.stalled" | "job.restarted" | "job.ended" | "job.removed" | "job.retry_scheduled"
>;

/** What happens to jobs outside of their runs. */
export interface Events {
  /** Records it; a reading that is still on its way is waited for, beside the caller. */
  event(
    name: OutsideName,
    reading: JobReading | Promise<JobReading | undefined>,
    more?: Outcome & { readonly time?: JobEvent["time"] },
  ): void;
}

/** What follows from the event itself. */
const follows: Readonly<Record<OutsideName, { state?: JobState; trigger?: TriggerType; reason?: string }>> = {
  "job.stalled": { state: "stalled" },
  "job.restarted": { state: "waiting", trigger: "manual" },
  "job.ended": {},
  "job.removed": { state: "removed", reason: "removed by a call" },
  "job.retry_scheduled": { state: "retrying" },
};

/** Watches what happens to jobs outside of their runs. */
export function eventing({ recorder, kinds, ready, system }: Lifecycle): Events {
  const emit = (name: OutsideName, reading: JobReading, more: Outcome & { readonly time?: JobEvent["time"] }): void => {
    const definition = kinds.definition(reading);
    if (definition.ignored) return;
    const uid = kinds.uid(reading);
    const seen = now();
    if (name === "job.restarted") ready.set(uid, toMillis(seen));
    if (more.retry !== undefined) ready.set(uid, more.retry.at);
    const { state, trigger, reason } = follows[name];
    const known = { ...more, state: more.state ?? state, reason: more.reason ?? reason };
    const error = errorOf(more, recorder);
    const read = trigger === undefined ? reading : { ...reading, trigger };
    const { keys, values } = knownValues(read, uid, known);
    recorder.emit(definition, { name, time: more.time ?? seen, seen, keys, values, error });
  };
  return {
    event(name, reading, more = {}) {
      if (!(reading instanceof Promise)) return emit(name, reading, more);
      const at = more.time ?? now();
      reading.then(
        (found) => found && emit(name, found, { ...more, time: at }),
        (error: unknown) => tell(`${system}: ${name}`, error),
      );
    },
  };
}
