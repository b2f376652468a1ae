import type { JobAttributes } from "@jobtrail/conventions";
import { secondsBetween } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { isNumeral, numberOf } from "../json.ts";
import { errorIn, lifeOf } from "../builder.ts";
import type { Mark } from "../mark.ts";
import type { EventBuilder, Times } from "../builder.ts";
import { visible } from "../visible.ts";
import { understood } from "../word.ts";
import type { Meaning } from "../word.ts";
import { secondsIn } from "./duration.ts";
import type { BcaExecution } from "./record.ts";
import { shownIn } from "./time.ts";
import type { Shown } from "./time.ts";
import { find, metrics, scheduled, statuses, wholeSite } from "./word.ts";

/** The events of an execution whose times name their zone and whose metrics are numbers. */
export const readExact = (record: BcaExecution, builder: EventBuilder): JobEvent[] =>
  eventsOf(record, builder, spanOf(record), {}, []);

/** The events of an execution as the page shows it: its texts are kept, and what they mean stands beside them. */
export function readPage(record: BcaExecution, builder: EventBuilder): JobEvent[] {
  const span = spanOf(record);
  const attributes: Mutable = {};
  const anomalies: string[] = [];
  if (span.started.iso !== undefined) attributes["job.run.started_at"] = span.started.iso;
  if (span.ended.iso !== undefined) attributes["job.run.ended_at"] = span.ended.iso;
  for (const [label, attribute] of metrics) {
    const count = countIn(record[label]);
    if (typeof count === "number") attributes[attribute] = count;
    else if (count !== undefined) anomalies.push(`${label} is no count`);
  }
  return eventsOf(record, builder, span, attributes, anomalies);
}

type Mutable = { -readonly [K in keyof JobAttributes]: JobAttributes[K] };

/** What follows from a part of the record. */
interface Finding {
  readonly attributes?: JobAttributes;
  readonly anomaly?: string;
}

const nothing: Finding = {};

/** When it started and ended, as far as that is certain. */
interface Span {
  readonly started: Shown;
  readonly ended: Shown;
}

const spanOf = (record: BcaExecution): Span => ({
  started: shownIn("Started", record),
  ended: shownIn("Ended", record),
});

/** @param counted what the page's texts say that are no attributes as they stand, and what of them cannot be read. */
function eventsOf(
  record: BcaExecution,
  builder: EventBuilder,
  span: Span,
  counted: JobAttributes,
  unreadable: readonly string[],
): JobEvent[] {
  const { mark, attributes } = builder;
  const { meaning, anomalies } = understood({
    field: "Status",
    word: record.Status,
    listed: statuses,
    find,
    // A time that cannot be read says all the same that there was an end.
    hasEnded: visible(record.Ended ?? "").trim() !== "",
    mark,
  });
  const spaces = spacesIn(
    counted["job.counter.spaces_processed"] ?? attributes["job.counter.spaces_processed"],
    counted["job.counter.spaces_total"] ?? attributes["job.counter.spaces_total"],
    meaning,
  );
  const duration = durationOf(record, span);
  const isEnd = meaning.event === "job.run.ended";
  return lifeOf(builder, meaning, timesOf(span), {
    attributes: {
      ...counted,
      ...executedBy(record, mark),
      ...scopeOf(record, mark),
      ...(isEnd ? duration.attributes : undefined),
      ...spaces.attributes,
    },
    error: meaning.result === "failure" && mark === undefined ? errorIn("_OTHER", undefined) : undefined,
    anomalies: [
      ...anomalies,
      span.started.problem,
      span.ended.problem,
      duration.anomaly,
      spaces.anomaly,
      ...unreadable,
    ].filter((anomaly) => anomaly !== undefined),
  });
}

const timesOf = ({ started, ended }: Span): Times => ({ started: started.time, ended: ended.time });

/** A schedule, else a user. Of another system's job only what was derived is known to be its schedule. */
function executedBy({ "Executed by": name }: BcaExecution, mark: Mark | undefined): JobAttributes {
  const said = visible(name ?? "").trim();
  if (mark !== undefined)
    return said === scheduled && mark.derived.includes("Executed by") ? { "job.trigger.type": "cron" } : {};
  if (said === "") return {};
  return said === scheduled
    ? { "job.trigger.type": "cron", "job.actor.type": "system" }
    : { "job.trigger.type": "manual", "job.actor.type": "user" };
}

function scopeOf({ Space: space }: BcaExecution, mark: Mark | undefined): JobAttributes {
  const said = visible(space ?? "").trim();
  return said === "" || mark !== undefined ? {} : { "job.scope.type": said === wholeSite ? "site" : "space" };
}

/** Whether all spaces were processed: of a job that failed that says how far it came. */
function spacesIn(processed: number | undefined, total: number | undefined, meaning: Meaning): Finding {
  if (processed === undefined || total === undefined || processed === total) return nothing;
  const said = `${processed} of ${total} spaces were processed`;
  const attributes = { "job.reason": said };
  if (processed > total) return { attributes, anomaly: said };
  return meaning.result === "success"
    ? { attributes, anomaly: `${said}, and Status is that of a success` }
    : { attributes };
}

/** The shown duration may say more than times without seconds do; where they disagree the times stand. */
function durationOf(record: BcaExecution, { started, ended }: Span): Finding {
  const shown = secondsOf(record.Duration);
  if (shown === undefined) return nothing;
  const attributes = { "job.run.duration": shown };
  if (started.time === undefined || ended.time === undefined) return { attributes };
  const measured = secondsBetween(started.time, ended.time);
  const resolution = Math.max(started.resolution, ended.resolution);
  if (measured < 0 || Math.abs(measured - shown) <= Math.max(1, resolution))
    return resolution > 1 ? { attributes } : nothing;
  return { anomaly: `Duration is ${shown} s, and from Started to Ended are ${measured} s` };
}

/** A number is of seconds, as Jobtrail counts. The wire has no negative zero. */
function secondsOf(duration: BcaExecution["Duration"]): number | undefined {
  if (duration === undefined || duration === null) return undefined;
  if (typeof duration === "string") return secondsIn(duration);
  return numberOf(duration) >= 0 ? numberOf(duration) + 0 : undefined;
}

const plain = /^\d{1,15}$/;
const grouped = /^\d{1,3}(?:([,.'’\s])\d{3})(?:\1\d{3}){0,3}$/;

/** A count as people write it: a count has no fraction, so that a sign before three digits only groups them. */
function countIn(value: BcaExecution["Spaces total"]): number | "unreadable" | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" || isNumeral(value)) {
    const count = numberOf(value);
    return Number.isFinite(count) ? count + 0 : "unreadable";
  }
  const text = visible(value).trim();
  if (text === "") return undefined;
  return plain.test(text) || grouped.test(text) ? Number(text.replaceAll(/\D/g, "")) : "unreadable";
}
