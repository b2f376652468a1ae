import { events } from "@jobtrail/conventions";
import type { EventName } from "@jobtrail/conventions";
import { isFailure } from "./meaning.ts";
import type { Reading } from "./sentence.ts";

/** OTel severity number: the event's own, raised where a run or a job failed. */
export function severity(event: Reading): number {
  const own = ownSeverity.get(event.name) ?? 9;
  if (event.name !== "job.run.ended" && event.name !== "job.ended") return own;
  const failed = isFailure(event.get("job.run.result"));
  if (event.name === "job.run.ended" && failed) return event.get("job.run.final") === true ? 17 : 13;
  if (event.name === "job.ended" && (failed || event.get("job.state") === "failed")) return 17;
  return own;
}

const ownSeverity: ReadonlyMap<EventName, number> = new Map(
  Object.entries(events).map(([name, row]) => [name as EventName, row.severity]),
);
