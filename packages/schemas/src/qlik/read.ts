import type { JobAttributes } from "@jobtrail/conventions";
import { secondsBetween } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { timeIn } from "../moment.ts";
import { lifeOf } from "../builder.ts";
import type { EventBuilder } from "../builder.ts";
import { understood, unknownEnd, unlisted } from "../word.ts";
import type { Meaning, Understood } from "../word.ts";
import type { QlikRun } from "./record.ts";
import { stepsOf } from "./step.ts";
import { contexts, find, statuses, triggerOf } from "./word.ts";

/** What stands around a run, whatever envelope it came in. */
interface Envelope {
  readonly data?: QlikRun | null;
  readonly data_base64?: string | null;
}

/** What the events of a run are, whatever envelope it came in: its steps, and its end as the last. */
export function readRun(envelope: Envelope, happened: string | null | undefined, builder: EventBuilder): JobEvent[] {
  const run = envelope.data ?? {};
  const times = {
    queued: timeIn(run.createdAt),
    started: timeIn(run.startTime),
    ended: timeIn(run.stopTime) ?? timeIn(happened),
  };
  const { meaning, anomalies } = outcomeOf(envelope, builder);
  const events = lifeOf(builder, meaning, times, {
    attributes: {
      ...whoAndWhy(run, builder.mark === undefined),
      ...latenessOf(run, times.started),
      ...(meaning.warning === true && { "job.run.warnings": [run.status ?? ""] }),
    },
    error: errorOf(meaning),
    anomalies: [...anomalies, ...anomaliesOf(run)],
  });
  events.splice(-1, 0, ...stepsOf(run, times.ended, builder));
  return events;
}

/**
 * That a run ended is what the event says; how, only the status does. Jobtrail writes runs of other systems that are
 * still at work as such events too, for want of another.
 */
function outcomeOf({ data, data_base64: bytes }: Envelope, { mark }: EventBuilder): Understood {
  const { status, stopTime } = data ?? {};
  if (!isSaid(status)) {
    const missing = data ? "status" : isSaid(bytes) ? "data, which data_base64 holds unread," : "data";
    return {
      meaning: unknownEnd,
      anomalies: mark === undefined ? [`${missing} is not there: how it ended is not known`] : [],
    };
  }
  const hasEnded = mark === undefined || isSaid(stopTime);
  return understood({ field: "status", word: status, listed: statuses, find, hasEnded, mark });
}

/** The event has no field for an error. */
const errorOf = ({ result }: Meaning): JobError | undefined =>
  result === "failure" ? { type: "_OTHER" } : result === "error" ? { type: "limit_exceeded" } : undefined;

/** @param isOwn whether it is Qlik's run: others' are executed by whoever it may be, and scheduled in another way. */
function whoAndWhy(run: QlikRun, isOwn: boolean): JobAttributes {
  const trigger = triggerIn(run, isOwn);
  const isTest = isTestRun(run);
  return {
    ...(trigger !== undefined && { "job.trigger.type": trigger }),
    ...(isTest !== undefined && { "job.test": isTest }),
    ...(isOwn && isSaid(run.executedById) && { "job.actor.type": "user" }),
    ...(isSaid(run.spaceId) && { "job.scope.type": "space" }),
  };
}

/** Runs of a schedule have no context of their own. */
function triggerIn({ context, scheduledStartTime }: QlikRun, isOwn: boolean): JobAttributes["job.trigger.type"] {
  const trigger = isSaid(context) ? triggerOf(context) : undefined;
  if (trigger !== undefined) return trigger;
  if (isOwn && isSaid(scheduledStartTime)) return "cron";
  return isSaid(context) ? "unknown" : undefined;
}

/** Where the hybrid has the newer spelling all the same, its shape has not looked at it. */
const isTestRun = ({ testRun, isTestRun: older, context }: QlikRun): boolean | undefined =>
  typeof testRun === "boolean" ? testRun : (older ?? (context === "test_run" ? true : undefined));

function latenessOf({ scheduledStartTime }: QlikRun, started: HrTime | undefined): JobAttributes {
  const nominal = timeIn(scheduledStartTime);
  if (nominal === undefined || started === undefined) return {};
  const lateness = secondsBetween(nominal, started);
  return lateness < 0 ? {} : { "job.schedule.lateness": lateness };
}

function anomaliesOf(run: QlikRun): readonly string[] {
  const { context } = run;
  return [
    ...(isSaid(context) && triggerOf(context) === undefined ? [unlisted("context", context, contexts)] : []),
    ...(disagree(run.testRun, run.isTestRun) ? ["testRun and isTestRun disagree"] : []),
    ...(disagree(run.archived, run.isArchived) ? ["archived and isArchived disagree"] : []),
  ];
}

const disagree = (newer: unknown, older: unknown): boolean =>
  typeof newer === "boolean" && typeof older === "boolean" && newer !== older;

const isSaid = (text: string | null | undefined): text is string => text !== undefined && text !== null && text !== "";
