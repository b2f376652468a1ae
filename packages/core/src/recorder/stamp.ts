import type { JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { nextSequence, recordUid } from "../event/identity.ts";
import { isTime, now } from "../event/time.ts";
import { unreadable } from "../event/value.ts";

/** Gives an event its place among this process's records, on top of what is known of its job already. */
export function stamp(event: JobEvent, known?: JobAttributes): JobEvent {
  const { time, seen, attributes, ...rest } = event;
  const whole = together(known, attributes);
  whole["job.record.source"] ??= "hook";
  if (typeof whole["job.event.sequence"] !== "number") whole["job.event.sequence"] = nextSequence();
  if (typeof whole["log.record.uid"] !== "string") whole["log.record.uid"] = recordUid(whole["job.event.sequence"]);
  return {
    ...rest,
    ...(time !== undefined && isTime(time) && { time }),
    seen: isTime(seen) ? seen : now(),
    attributes: whole,
  };
}

type Whole = { -readonly [K in keyof JobAttributes]: JobAttributes[K] };

/** What is known and what is new; where a value of a host's object cannot be read, all but that one. */
function together(known: JobAttributes | undefined, attributes: JobAttributes): Whole {
  try {
    return { ...known, ...attributes };
  } catch {
    const all: Record<string, unknown> = { ...known };
    for (const key of Object.keys(attributes)) all[key] = readable(attributes, key);
    return all as Whole;
  }
}

function readable(attributes: JobAttributes, key: string): unknown {
  try {
    return attributes[key as "job.id"];
  } catch {
    return unreadable;
  }
}
