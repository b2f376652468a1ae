import { countOf, recordsOf, records } from "./records.ts";
import type { Alert, Scope } from "./alert.ts";
import { increased, promql, quantileOver, series, share, sum, max, min } from "../promql.ts";
import type { Promql } from "../promql.ts";
import { counted, failing, final } from "../scope.ts";
import { secondsOf } from "./config.ts";

const job = ["job.system.name", "job.queue.name", "job.name"] as const;

const ratio = ({ where }: Scope, window: string): Promql =>
  share(
    sum(increased("job.run.duration", [...where, failing], window), job),
    sum(increased("job.run.duration", [...where, counted], window), job),
  );

const tries = ({ where }: Scope): Promql => sum(increased("job.run.duration", [...where, counted], "1h"), job);

const failedForGood = ({ where, config }: Scope): Promql =>
  promql`${sum(increased("job.run.duration", [...where, failing, final], config.recent), job)} > 0`;

const retried = ({ where }: Scope): Promql => promql`${sum(increased("job.run.retries", where, "1d"), job)} > 0`;

/** Alerts about runs and what came of them. */
export const jobAlerts: readonly Alert[] = [
  {
    name: "JobsFailing",
    severity: "critical",
    summary: "{value:percent} of the tries of {job.name} in queue {job.queue.name} fail",
    about:
      "Over the last hour and over the last minutes too many tries failed, and there were enough of them to tell. Look at the error types and versions on the job's board.",
    source: "process",
    by: job,
    board: "job",
    over: "queues",
    uses: ["failureRatio", "failureMinimum"],
    metrics: (scope) => ({
      expr: promql`(${ratio(scope, "1h")} > ${scope.at.failureRatio}) and (${ratio(scope, "5m")} > ${scope.at.failureRatio}) and (${tries(scope)} >= ${scope.at.failureMinimum})`,
      for: "2m",
    }),
    records: (scope) => {
      const all = countOf(job, recordsOf(scope, "job.run.ended", ["job.run.result", "!=", "deferred"]), "1h");
      const failed = countOf(job, recordsOf(scope, "job.run.ended", failing), "1h");
      const { failureRatio, failureMinimum } = scope.at;
      return { expr: `(${failed} / ${all} > ${failureRatio}) and (${all} >= ${failureMinimum})`, for: "2m" };
    },
  },
  {
    name: "JobFailedForGood",
    severity: "warning",
    summary: "{job.name} in queue {job.queue.name} failed and will not be tried again",
    about:
      "A job ended in failure at its only try. Its work is not done. The job log says which job, why, and who asked for it.",
    source: "process",
    by: job,
    board: "job",
    over: "queues",
    uses: [],
    metrics: (scope) => ({ expr: promql`${failedForGood(scope)} unless ${retried(scope)}`, for: "0m" }),
    records: (scope) => ({
      expr: `${countOf(job, `${recordsOf(scope, "job.run.ended", failing, final)} | job_run_attempt!~"[2-9]|[0-9]{2,}"`, scope.config.recent)} > 0`,
      for: "0m",
    }),
  },
  {
    name: "JobRetriesExhausted",
    severity: "critical",
    summary: "{job.name} in queue {job.queue.name} failed at every try",
    about:
      "A job was tried as often as it may be, and failed each time. What it waits for does not come back by itself.",
    source: "process",
    by: job,
    board: "job",
    over: "queues",
    uses: [],
    metrics: (scope) => ({ expr: promql`${failedForGood(scope)} and ${retried(scope)}`, for: "0m" }),
    records: (scope) => ({
      expr: `${countOf(job, `${recordsOf(scope, "job.run.ended", failing, final)} | job_run_attempt>1`, scope.config.recent)} > 0`,
      for: "0m",
    }),
  },
  {
    name: "JobRunStuck",
    severity: "warning",
    summary: "A run of {job.name} in queue {job.queue.name} does not end",
    about:
      "A run has been at work for longer than it may, or a process has been at work all that time and nothing ended. It waits for something that does not come, or its process died.",
    source: "process",
    by: job,
    board: "job",
    over: "queues",
    uses: ["stuckAfter"],
    metrics: ({ where, at: { stuckAfter } }) => {
      const active = series("job.run.active", where);
      const observed = promql`(time() - ${min(series("job.run.oldest_active.start_time", where), job)}) > ${secondsOf(stuckAfter) ?? 0}`;
      // A series that is younger than the window has not been at work for all of it.
      const always = promql`${sum(promql`(min_over_time(${active}[${stuckAfter}]) > 0) and (${active} offset ${stuckAfter})`, job)} > 0`;
      const ends = promql`${sum(increased("job.run.duration", where, stuckAfter), job)} > 0`;
      return { expr: promql`(${observed}) or (${always} unless ${ends})`, for: "0m" };
    },
  },
  {
    name: "JobsStalled",
    severity: "warning",
    summary: "{value:count} jobs of {job.name} in queue {job.queue.name} stalled",
    about:
      "The lock or heartbeat of workers expired while they worked. They died, or their event loop was blocked for longer than their lock lasts. The jobs run again, maybe for the second time.",
    source: "process",
    by: job,
    board: "queue",
    over: "queues",
    uses: [],
    metrics: ({ where, config }) => ({
      expr: promql`${sum(increased("job.run.stalls", where, config.recent), job)} > 0`,
      for: "0m",
    }),
    records: (scope) => ({
      expr: `${countOf(job, recordsOf(scope, "job.stalled"), scope.config.recent)} > 0`,
      for: "0m",
    }),
  },
];

const schedule = ["job.system.name", "job.schedule.id"] as const;

/** When a schedule succeeded last, also where its process is gone. */
const lastSuccess = ({ where, config }: Scope): Promql =>
  max(promql`last_over_time(${series("job.schedule.last_success.time", where)}[${config.memory}])`, schedule);

function missed(scope: Scope): Promql {
  const { where, config, at, every } = scope;
  const age = promql`time() - ${lastSuccess(scope)}`;
  if (every !== undefined) {
    const limit = (secondsOf(every.interval) ?? 0) + (secondsOf(at.missedAfter) ?? 0);
    const never = promql`absent_over_time(${series("job.schedule.last_success.time", where)}[${config.memory}])`;
    return promql`(${age} > ${limit}) or ${never}`;
  }
  const told = promql`${sum(increased("job.schedule.missed", where, config.recent), schedule)} > 0`;
  const next = max(promql`last_over_time(${series("job.schedule.next_run.time", where)}[${config.memory}])`, schedule);
  const overdue = promql`(time() - (${next} > 0)) > ${secondsOf(at.missedAfter) ?? 0}`;
  const interval = max(series("job.schedule.interval", where), schedule);
  return promql`(${told}) or (${overdue}) or (${age} > ${interval} + ${secondsOf(at.missedAfter) ?? 0})`;
}

/** Alerts about schedules. */
export const scheduleAlerts: readonly Alert[] = [
  {
    name: "ScheduleMissed",
    severity: "critical",
    summary: "Schedule {job.schedule.id} has not run when it should have",
    about:
      "A run was due and did not come. It fires also when the process is gone, and its metrics with it: what it said last is remembered. Look whether the process runs, and whether its event loop is free.",
    source: "schedule",
    by: schedule,
    board: "schedules",
    over: "schedules",
    uses: ["missedAfter"],
    metrics: (scope) => ({ expr: missed(scope), for: "0m" }),
    records: (scope) => ({
      expr: `${countOf(schedule, recordsOf(scope, "job.schedule.missed"), scope.config.recent)} > 0`,
      for: "0m",
    }),
  },
  {
    name: "ScheduleLate",
    severity: "warning",
    summary: "Schedule {job.schedule.id} starts {value:duration} late",
    about:
      "A run started later than it may. Its process is busy with something else at that time, or a leader changed.",
    source: "schedule",
    by: schedule,
    board: "schedules",
    over: "schedules",
    uses: ["lateAfter"],
    metrics: ({ where, at, config }) => ({
      expr: promql`${quantileOver(1, "job.schedule.lateness", where, schedule, config.recent)} > ${secondsOf(at.lateAfter) ?? 0}`,
      for: "0m",
    }),
    records: (scope) => ({
      expr: `max by (${records(schedule)}) (max_over_time(${recordsOf(scope, "job.run.started")} | unwrap job_schedule_lateness [${scope.config.recent}])) > ${secondsOf(scope.at.lateAfter) ?? 0}`,
      for: "0m",
    }),
  },
];
