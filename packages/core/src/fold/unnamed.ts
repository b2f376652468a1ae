import type { HrTime } from "@opentelemetry/api";
import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { skewSeconds } from "./group.ts";
import { at } from "./order.ts";
import { secondsBetween } from "../event/time.ts";

/**
 * Runs that nobody could name, told apart by what opens and closes them: an end, a retry or a stall
 * closes a run, a start opens another.
 */
export function unnamedRuns(events: readonly JobEvent[]): JobEvent[][] {
  const runs: Open[] = [];
  for (const event of events) {
    let run = runs.at(-1);
    if (run === undefined || opensAnother(run, event)) runs.push((run = { events: [] }));
    run.events.push(event);
    if (event.name === "job.run.started") run.started ??= at(event);
    if (closing.has(event.name)) run.closed = at(event);
  }
  return runs.map(({ events: told }) => told);
}

interface Open {
  readonly events: JobEvent[];
  started?: HrTime;
  closed?: HrTime;
}

/** What a run is not at work after. */
export const closing: ReadonlySet<EventName> = new Set(["job.run.ended", "job.retry_scheduled", "job.stalled"]);

/**
 * Whether an event tells of another run than the last. What has no time of its own was only seen in
 * passing: it confirms a run rather than opening one, unless it is a start after the end.
 */
function opensAnother({ started, closed }: Open, event: JobEvent): boolean {
  if (event.name === "job.run.started" && closed !== undefined) return true;
  if (event.name === "job.retry_scheduled" || event.name === "job.stalled" || event.time === undefined) return false;
  const since = event.name === "job.run.started" ? started : closed;
  return since !== undefined && secondsBetween(since, event.time) > skewSeconds;
}
