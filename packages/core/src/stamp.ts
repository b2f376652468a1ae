import type { JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "./event.ts";
import { nextSequence, recordUid } from "./identity.ts";

/** Gives an event its place among this process's records, on top of what is known of its job already. */
export function stamp(event: JobEvent, known?: JobAttributes): JobEvent {
  const { attributes } = event;
  const sequence = attributes["job.event.sequence"] ?? nextSequence();
  return {
    ...event,
    attributes: {
      ...known,
      ...attributes,
      "job.record.source": attributes["job.record.source"] ?? "hook",
      "job.event.sequence": sequence,
      "log.record.uid": attributes["log.record.uid"] ?? recordUid(sequence),
    },
  };
}
