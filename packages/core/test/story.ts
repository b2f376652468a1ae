import type { HrTime } from "@opentelemetry/api";
import type { EventName, JobAttributes, RecordSource } from "@jobtrail/conventions";
import type { JobEvent } from "../src/event/event.ts";
import { jobUid, runUid } from "../src/event/identity.ts";
import { fromMillis } from "../src/event/time.ts";

/** A time in seconds after a fixed day. */
export const after = (seconds: number): HrTime => fromMillis(1_800_000_000_000 + seconds * 1000);

/** The job that stories tell of. */
export const constants = { "job.system.name": "made", "job.queue.name": "mail", "job.name": "welcome" } as const;

/** Its uid. */
export const uid: string = jobUid({ system: "made", queue: "mail", id: "7" });

let made = 0;

/** Tells what happened to the job, so many seconds after the beginning. */
export function tell(
  name: EventName,
  seconds: number,
  attributes: JobAttributes & { readonly source?: RecordSource } = {},
  more: Partial<JobEvent> = {},
): JobEvent {
  const { source = "hook", ...rest } = attributes;
  return {
    name,
    time: after(seconds),
    seen: after(seconds),
    attributes: {
      ...constants,
      "job.id": "7",
      "job.uid": uid,
      "job.record.source": source,
      "log.record.uid": `story-${++made}`,
      ...rest,
    },
    ...more,
  };
}

/** The same, of a run that has a name. */
export const tellRun = (
  mark: string | number,
  name: EventName,
  seconds: number,
  attributes: JobAttributes & { readonly source?: RecordSource } = {},
  more: Partial<JobEvent> = {},
): JobEvent => tell(name, seconds, { "job.run.uid": runUid(uid, mark), ...attributes }, more);

/** The same, by an observer who cannot tell which job of that id it was. */
export const nameless = (event: JobEvent): JobEvent => {
  const { "job.uid": _, ...attributes } = event.attributes;
  return { ...event, attributes };
};
