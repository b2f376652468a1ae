import type { JobEvent } from "../event/event.ts";
import { nextSequence, recordUid } from "../event/identity.ts";

/** Gives an event that no recorder writes its place among this process's records. */
export function stamp(event: JobEvent): JobEvent {
  const sequence = event.attributes["job.event.sequence"] ?? nextSequence();
  return {
    ...event,
    attributes: {
      "job.record.source": "hook",
      "log.record.uid": recordUid(sequence),
      ...event.attributes,
      "job.event.sequence": sequence,
    },
  };
}
