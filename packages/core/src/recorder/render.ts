import { diag } from "@opentelemetry/api";
import type { Settings } from "@jobtrail/conventions";
import { isRefusal } from "../event/event.ts";
import type { JobEvent, Refusal } from "../event/event.ts";
import { guard } from "../guard.ts";
import { isSignOfLife } from "../event/meaning.ts";
import { normalise } from "../event/normalise.ts";
import { toRecord } from "../event/record.ts";
import type { LogData } from "../event/record.ts";

/** What a record tells, as a record of a documented schema. */
export interface Rendering {
  readonly schema: string;
  /** JSON text. */
  readonly content: string;
}

/**
 * Renders the last of some events, with those that its run told before it. Nothing where the schema has no word
 * for it; a refusal where something must be known that is not, by its name.
 */
export type Render = (events: readonly JobEvent[]) => Rendering | Refusal | undefined;

/** The record of an event, and in it its rendering. */
export type Rendered = (event: JobEvent, before: readonly JobEvent[]) => LogData;

/** Makes records that carry a rendering. One that is refused or too large leaves its record as it is without. */
export function renderedBy(render: Render, recordAs: Settings["recordAs"]): Rendered {
  const refused = new Set<string>();
  return (event, before) => {
    const fitted = normalise(event);
    const rendering = guard("render", () => render([...before.map(normalise), fitted]));
    if (rendering === undefined) return toRecord(fitted);
    if (isRefusal(rendering)) {
      tellOnce(rendering, refused);
      return toRecord(fitted);
    }
    const { schema, content } = rendering;
    // What stands first is the last to be left out of a record that is too large.
    const attributes = { "job.record.schema": schema, "job.record.content": content, ...fitted.attributes };
    const record = toRecord({ ...fitted, attributes });
    return recordAs === "body" ? withBody(record) : record;
  };
}

function withBody(record: LogData): LogData {
  const { "job.record.content": body, ...attributes } = record.attributes;
  return body === undefined ? record : { ...record, body, attributes };
}

function tellOnce({ path, expected, found }: Refusal, refused: Set<string>): void {
  if (refused.has(path)) return;
  refused.add(path);
  guard("diag", () => diag.warn(`jobtrail: records are not rendered: ${path} is ${found}; expected ${expected}.`));
}

/** Progress and heartbeats are many, and a later one says all that one before it did. */
export const isKept = (event: JobEvent): boolean => !isSignOfLife(event);
