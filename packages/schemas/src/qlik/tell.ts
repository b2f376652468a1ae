import type { JobAttributes } from "@jobtrail/conventions";
import { secondsBetween } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { timeIn } from "../moment.ts";
import { lifeOf, unlisted } from "../teller.ts";
import type { Meaning, Teller } from "../teller.ts";
import type { QlikRun } from "./record.ts";
import { stepsOf } from "./step.ts";
import { contexts, meanings, statuses, triggers } from "./word.ts";

/** What the events of a run are, whatever envelope it came in: its steps before its end, which is told last. */
export function tellRun(run: QlikRun, happened: string | null | undefined, teller: Teller): JobEvent[] {
  const times = {
    queued: timeIn(run.createdAt),
    started: timeIn(run.startTime),
    ended: timeIn(run.stopTime) ?? timeIn(happened),
  };
  const meaning = meaningOf(run.status);
  const events = lifeOf(teller, meaning, times, {
    attributes: {
      ...whoAndWhy(run, teller.mark === undefined),
      ...latenessOf(run, times.started),
      ...(meaning?.warning === true && { "job.run.warnings": [run.status ?? ""] }),
    },
    error: errorOf(meaning),
    anomalies: anomaliesOf(run, meaning),
  });
  events.splice(-1, 0, ...stepsOf(run, times.ended, teller));
  return events;
}

/** That a run ended is what the event says; how, only the status does. */
function meaningOf(status: string | null | undefined): Meaning | undefined {
  if (status === undefined || status === null || status === "") return { event: "job.run.ended" };
  return Object.hasOwn(meanings, status) ? meanings[status] : undefined;
}

/** The event has no field for an error. */
const errorOf = (meaning: Meaning | undefined): JobError | undefined =>
  meaning?.result === "failure"
    ? { type: "_OTHER" }
    : meaning?.result === "error"
      ? { type: "limit_exceeded" }
      : undefined;

/** @param isOwn whether it is Qlik's run: others' are executed by whoever it may be, and scheduled in another way. */
function whoAndWhy(run: QlikRun, isOwn: boolean): JobAttributes {
  const trigger = triggerOf(run, isOwn);
  const isTest = isTestRun(run);
  return {
    ...(trigger !== undefined && { "job.trigger.type": trigger }),
    ...(isTest !== undefined && { "job.test": isTest }),
    ...(isOwn && isSaid(run.executedById) && { "job.actor.type": "user" }),
    ...(isSaid(run.spaceId) && { "job.scope.type": "space" }),
  };
}

/** Runs of a schedule have no context of their own. */
function triggerOf({ context, scheduledStartTime }: QlikRun, isOwn: boolean): JobAttributes["job.trigger.type"] {
  if (isSaid(context) && Object.hasOwn(triggers, context)) return triggers[context];
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

function anomaliesOf(run: QlikRun, meaning: Meaning | undefined): readonly string[] {
  const { status, context } = run;
  return [
    ...(meaning === undefined ? [unlisted("status", status ?? "", statuses)] : []),
    ...(meaning !== undefined && meaning.event !== "job.run.ended"
      ? [`status is ${JSON.stringify(status)}, which is no end, though the event says that the run has ended`]
      : []),
    ...(isSaid(context) && !Object.hasOwn(triggers, context) ? [unlisted("context", context, contexts)] : []),
    ...(disagree(run.testRun, run.isTestRun) ? ["testRun and isTestRun disagree"] : []),
    ...(disagree(run.archived, run.isArchived) ? ["archived and isArchived disagree"] : []),
  ];
}

const disagree = (newer: unknown, older: unknown): boolean =>
  typeof newer === "boolean" && typeof older === "boolean" && newer !== older;

const isSaid = (text: string | null | undefined): text is string => text !== undefined && text !== null && text !== "";
