import type { Variable } from "./board.ts";
import type { Label } from "./metric.ts";
import { by, promql, quoted, series } from "./promql.ts";
import type { Matcher, Promql } from "./promql.ts";

/** Series of the chosen services. */
export const ofService: readonly Matcher[] = [["job", "=~", "$service"]];

/** Series of the chosen jobs. */
export const ofJobs: readonly Matcher[] = [
  ...ofService,
  ["job.system.name", "=~", "$system"],
  ["job.queue.name", "=~", "$queue"],
  ["job.name", "=~", "$job"],
];

/** Series of the chosen queues, of metrics that know no job names. */
export const ofQueues: readonly Matcher[] = [
  ["job.system.name", "=~", "$system"],
  ["job.queue.name", "=~", "$queue"],
];

/** Series of the chosen schedules. */
export const ofSchedules: readonly Matcher[] = [
  ...ofService,
  ["job.system.name", "=~", "$system"],
  ["job.schedule.id", "=~", "$schedule"],
];

/** Runs whose work failed, also those that will be tried again. */
export const failing: Matcher = ["job.run.result", "=~", "failure|error|timeout"];

/** Runs that were a try; one that put its job back was none. */
export const counted: Matcher = ["job.run.result", "!=", "deferred"];

/** Runs that are the end of their job. */
export const final: Matcher = ["job.run.final", "=", "true"];

const anyValue = ".*";

const label = (name: string, title: string, about: string, of: Label, expr: Promql): Variable => ({
  kind: "query",
  name,
  title,
  about,
  expr,
  label: of,
  all: anyValue,
});

const groups = (of: Label, ...where: readonly Matcher[]): Promql =>
  promql`group${by([of])}(${series("job.run.active", where)})`;

const service = ofService[0] as Matcher;
const system: Matcher = ["job.system.name", "=~", "$system"];
const queue: Matcher = ["job.queue.name", "=~", "$queue"];

/** Whether a service runs elsewhere is said by target_info, where there is one. */
const elsewhere: Promql = promql`target_info{${quoted("deployment.environment.name")}!~"$environment"}`;

/** The variables of every board of metrics, each narrowed by those before it. */
export const variables: readonly Variable[] = [
  label(
    "environment",
    "Environment",
    "Of the services, as target_info says it.",
    "deployment.environment.name",
    promql`group${by(["deployment.environment.name"])}(target_info{${quoted("deployment.environment.name")}!=""})`,
  ),
  {
    kind: "query",
    name: "service",
    title: "Service",
    about: "service.namespace/service.name of the processes that work on jobs.",
    label: "job",
    expr: promql`${groups("job")} unless on (job) group${by(["job"])}(${elsewhere})`,
  },
  label("system", "System", "The job system.", "job.system.name", groups("job.system.name", service)),
  label("queue", "Queue", "The queue.", "job.queue.name", groups("job.queue.name", service, system)),
  label("job", "Job", "What is done: the job's name.", "job.name", groups("job.name", service, system, queue)),
];

/** The schedules. */
export const scheduleVariable: Variable = label(
  "schedule",
  "Schedule",
  "The schedule's id.",
  "job.schedule.id",
  promql`group${by(["job.schedule.id"])}(${series("job.schedule.last_success.time", [service, system])} or ${series("job.schedule.next_run.time", [service, system])})`,
);

/** The variables of boards of records. Foreign systems have records and no metrics, so values are typed, as patterns. */
export const recordVariables: readonly Variable[] = (
  [
    ["environment", "Environment", "deployment.environment.name"],
    ["service", "Service", "service.name"],
    ["system", "System", "job.system.name"],
    ["queue", "Queue", "job.queue.name"],
    ["job", "Job", "job.name"],
  ] as const
).map(([name, title, of]) => ({
  kind: "text",
  name,
  title,
  about: `A pattern for ${of}; .* is every one.`,
  // Loki refuses a query whose every stream matcher could also match nothing.
  value: name === "service" ? ".+" : anyValue,
}));

/** Where the job log listens. */
export const jobLogVariable: Variable = {
  kind: "text",
  name: "joblog",
  title: "Job log",
  about: "The address of `jobtrail serve`, for links to its pages.",
  value: "http://localhost:4318",
};
