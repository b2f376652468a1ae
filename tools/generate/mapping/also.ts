import type { EventName } from "../../../packages/conventions/src/index.ts";
import { rowOf } from "../../../packages/core/src/event/key.ts";
import { severityOf } from "./event.ts";
import { attribute, concat, isOneOf, set, text } from "./ottl.ts";
import type { Section, Statement } from "./ottl.ts";
import type { Outline } from "./processor.ts";
import { sentence } from "./sentence.ts";
import { time, timeOf } from "./time.ts";

/** An event that a record tells of besides the one that stands for it. */
export interface Also {
  readonly event: EventName;
  /** The attribute that says when it happened. */
  readonly time: string;
  /** The events that stand for a record that tells of this one too. */
  readonly of: readonly EventName[];
  /** Whether it is of a run. */
  readonly isOfRun: boolean;
}

const ofJob: ReadonlySet<string | undefined> = new Set(["definition", "job", "record"]);
const ofRun = ["job.run.uid", "job.run.number", "job.run.wait"];

/** A condition: a mapped record does not tell of it. */
export const untold = ({ time: name, of }: Also): readonly string[] => [
  `not ${isOneOf("log.event_name", of)}`,
  `${attribute(name)} == nil`,
];

/** The statements by which a mapped record becomes another event that it tells of. */
export function alsoSections({ forms }: Outline, { event, time: name, isOfRun }: Also): readonly Section[] {
  const fields = new Set(forms.flatMap((form) => form.fields.map(({ attribute: each }) => each)));
  const taken = [...fields].filter((each) => ofJob.has(rowOf(each)?.scope));
  const kept = ["job.system.name", "job.uid", "job.record.source", ...taken, ...(isOfRun ? ofRun : [])];
  const statements: Statement[] = [
    ...time("it", attribute(name)),
    set("log.time_unix_nano", timeOf("it")),
    { run: `keep_keys(log.attributes, [${kept.map(text).join(", ")}])` },
    set(attribute("log.record.uid"), concat(attribute(isOfRun ? "job.run.uid" : "job.uid"), text(`-${event}`))),
    set("log.event_name", text(event)),
    ...severityOf(event),
    ...sentence("log.event_name"),
  ];
  return [{ title: "What is true of the job whatever happens to it.", statements }];
}
