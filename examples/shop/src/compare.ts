import type { Job, Run } from "@jobtrail/core/fold";
import type { JobLogContent, LoggedJob } from "./job-log.ts";
import type { Stored } from "./truth.ts";

/** What really happened, from sources that do not use Jobtrail. */
export interface Truth {
  readonly stored: readonly Stored[];
  readonly ticks: ReadonlyMap<string, readonly string[]>;
  /** The jobs that the killed worker had begun and not ended. */
  readonly lost: readonly string[];
}

/** Every difference between the job log and the truth, each in a sentence; none where they are the same. */
export function differences({ jobs, summary }: JobLogContent, { stored, ticks, lost }: Truth): readonly string[] {
  const logged = new Map(jobs.map((job) => [job.attributes["job.id"] ?? "", job]));
  return [
    ...stored.flatMap((job) => ofJob(job, logged.get(job.id))),
    ...ofTicks(jobs, ticks),
    ...ofLost(jobs, lost),
    ...unknownJobs(jobs, stored),
    ...ofSchedules((summary["records"] ?? 0) - sum(jobs.map(({ events }) => events)), ticks.size),
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function ofJob({ id, queue, state, retries }: Stored, job: LoggedJob | undefined): string[] {
  const name = `${queue} job ${id}`;
  if (job === undefined) return [`${name}: pg-boss has it as ${state}, the job log does not have it`];
  const found: string[] = [];
  if (job.state !== state) found.push(`${name}: pg-boss says ${state}, the job log ${job.state}`);
  if (job.runs.length - 1 !== retries)
    found.push(`${name}: pg-boss counts ${retries} retries, the job log ${job.runs.length - 1}`);
  // pg-boss retries a lost run without an event.
  const said = job.retriesScheduled + job.runs.filter(({ lost }) => lost === true).length;
  if (said !== retries) found.push(`${name}: pg-boss counts ${retries} retries, the job log explains ${said}`);
  if (job.queued === undefined) found.push(`${name}: the job log does not say when it was queued`);
  return [...found, ...job.runs.flatMap((run, index) => ofRun(`${name}: run ${index + 1}`, run))];
}

const ofRun = (name: string, { started, ended }: Run): string[] => [
  ...(started === undefined ? [`${name} has no start in the job log`] : []),
  ...(ended === undefined ? [`${name} has no end in the job log`] : []),
];

function ofTicks(jobs: readonly Job[], ticks: ReadonlyMap<string, readonly string[]>): string[] {
  return [...ticks].flatMap(([schedule, written]) => {
    const its = jobs
      .filter((job) => job.attributes["job.schedule.id"] === schedule)
      .sort((a, b) => nominal(a).localeCompare(nominal(b)));
    const logged = its.map((job) => job.result ?? "no result");
    const first = written.findIndex((result, index) => result !== logged[index]);
    if (written.length !== logged.length)
      return [`schedule ${schedule}: it wrote ${written.length} ticks, the job log has ${logged.length}`];
    return first === -1
      ? its.flatMap(({ runs }, index) => runs.flatMap((run) => ofRun(`schedule ${schedule}: tick ${index + 1}`, run)))
      : [`schedule ${schedule}: tick ${first + 1} wrote ${written[first]}, the job log says ${logged[first]}`];
  });
}

const nominal = (job: Job): string => job.runs[0]?.attributes["job.schedule.nominal_time"] ?? "";

function ofLost(jobs: readonly Job[], lost: readonly string[]): string[] {
  const logged = jobs
    .filter(({ runs }) => runs.some((run) => run.lost === true))
    .map((job) => job.attributes["job.id"] ?? "");
  return [
    ...lost
      .filter((id) => !logged.includes(id))
      .map((id) => `job ${id}: its worker was killed during the run, but the job log has no lost run`),
    ...logged
      .filter((id) => !lost.includes(id))
      .map((id) => `job ${id}: the job log has a lost run, but no worker died during it`),
  ];
}

const unknownJobs = (jobs: readonly Job[], stored: readonly Stored[]): string[] => {
  const known = new Set(stored.map(({ id }) => id));
  return jobs
    .filter((job) => job.attributes["job.system.name"] === "pgboss" && !known.has(job.attributes["job.id"] ?? ""))
    .map((job) => `job ${job.attributes["job.id"]}: the job log has it as ${job.state}, pg-boss does not have it`);
};

/** A schedule itself is not a job, so its events are counted. */
const ofSchedules = (kept: number, schedules: number): string[] =>
  kept === 2 * schedules
    ? []
    : [`${schedules} schedules began and ended, ${2 * schedules} events; the job log keeps ${kept} of them`];
