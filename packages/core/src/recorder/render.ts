import type { Context } from "@opentelemetry/api";
import type { Settings } from "@jobtrail/conventions";
import { isRefusal } from "../event/event.ts";
import type { JobEvent, Refusal } from "../event/event.ts";
import { entryOf, eventOf } from "../event/entry.ts";
import type { Entry } from "../event/entry.ts";
import { diag } from "../globals.ts";
import { guard } from "../guard.ts";
import { contentKey } from "../event/limit.ts";
import { isSignOfLife } from "../event/meaning.ts";
import { normalise } from "../event/normalise.ts";

/** What a record tells, as a record of a documented schema. */
export interface Rendering {
  readonly schema: string;
  /** JSON text. */
  readonly content: string;
}

/**
 * Renders the last of some events, with the earlier events of its run. Nothing where the schema has no word
 * for it; a refusal where something must be known that is not, by its name.
 */
export type Render = (events: readonly JobEvent[]) => Rendering | Refusal | undefined;

/** Gives an entry that carries its rendering. One that is refused or too large leaves the entry as it is. */
export function rendering(
  render: Render,
  recordAs: Settings["recordAs"],
): (entry: Entry, before: readonly Entry[]) => Entry {
  const refused = new Set<string>();
  return (entry, before) => {
    const event = eventOf(entry);
    const made = guard("render", () => render([...before.map(eventOf), event]));
    if (made === undefined) return entry;
    if (isRefusal(made)) {
      tellOnce(made, refused);
      return entry;
    }
    const { schema, content } = made;
    // What stands first is the last to be left out of a record that is too large.
    const attributes = { "job.record.schema": schema, [contentKey]: content, ...event.attributes };
    const whole = normalise({ ...event, attributes });
    return recordAs === "body" ? inBody(whole, entry.context) : entryOf(whole, entry.context);
  };
}

function inBody(event: JobEvent, context: Context | undefined): Entry {
  const { [contentKey]: content, ...attributes } = event.attributes;
  return entryOf({ ...event, attributes }, context, content);
}

function tellOnce({ path, expected, found }: Refusal, refused: Set<string>): void {
  if (refused.has(path)) return;
  refused.add(path);
  guard("diag", () => diag.warn(`jobtrail: records are not rendered: ${path} is ${found}; expected ${expected}.`));
}

/** Progress and heartbeats are many, and a later one says all that one before it did. */
export const isKept = (entry: Entry): boolean => !isSignOfLife(entry);
