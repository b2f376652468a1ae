import type { EventName } from "@jobtrail/conventions";
import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Render } from "@jobtrail/core/recorder";
import type { Identity, Schema } from "./schema.ts";

/**
 * Renders what happens to jobs of any system in a schema, for the option `render` of an instrumentation: gives the
 * record that the last event makes, wherever the schema has a word for it.
 * @example
 * import { harperdb, rendererOf } from "@jobtrail/schemas";
 *
 * const render = rendererOf(harperdb, {});
 * const attributes = { "job.system.name": "bullmq", "job.id": "7", "job.uid": "0".repeat(32), "job.name": "send" };
 * const { content } = render([{ name: "job.queued", seen: [1_790_000_000, 0], attributes }]);
 * console.log(JSON.parse(content).status); // CREATED
 */
export function rendererOf({ name, write }: Pick<Schema<object>, "name" | "write">, identity: Identity): Render {
  const isRendered = moments[name] ?? isChange;
  return (events) => {
    const event = events.at(-1);
    if (event === undefined || !isRendered(event)) return undefined;
    const records = write(events, identity);
    if (isRefusal(records)) return records;
    const record = records.at(-1);
    return record && { schema: name, content: JSON.stringify(record) };
  };
}

const changes: ReadonlySet<EventName> = new Set<EventName>([
  "job.queued",
  "job.restarted",
  "job.run.started",
  "job.stalled",
  "job.run.ended",
  "job.retry_scheduled",
  "job.ended",
  "job.removed",
]);

/** Whether a job's state is another one now. */
const isChange = ({ name }: JobEvent): boolean => changes.has(name);

/** Whether a run is over, or a job that had none; a run that only put its job back goes on. */
const isEnd = ({ name, attributes }: JobEvent): boolean =>
  name === "job.ended" || (name === "job.run.ended" && attributes["job.run.result"] !== "deferred");

/** Which events are rendered in schemas that have no record for each state of a job. */
const moments: Readonly<Record<string, (event: JobEvent) => boolean>> = {
  "better-content-archiving": isEnd,
  // Nobody knows of a removed job alone whether it ended before, and its record would say that it failed.
  harperdb: (event) => isChange(event) && event.name !== "job.removed",
  "product-live": (event) => event.name === "job.queued" || isEnd(event),
  qlik: isEnd,
};
