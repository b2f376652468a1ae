import { own } from "../collector.ts";
import { by, increased, increasedOf, promql, series, sum } from "../promql.ts";
import type { Promql } from "../promql.ts";
import type { Alert, Scope } from "./alert.ts";
import { escaped } from "./scope.ts";
import { countOf, recordsOf } from "./records.ts";

const service = ["job"] as const;

/** Services that said something within a window. */
const reporting = (window: string): Promql =>
  promql`group${by(service)}(last_over_time(${series("job.run.active", [])}[${window}]))`;

const absence = ({ config: { services, absentAfter, memory } }: Scope): Promql => {
  const silent = promql`${reporting(memory)} unless ${reporting(absentAfter)}`;
  return services
    .map((name) => promql`absent_over_time(${series("job.run.active", [["job", "=", escaped(name)]])}[${absentAfter}])`)
    .reduce((all, each) => promql`${all} or ${each}`, silent);
};

/** Alerts about what is seen, not about jobs. */
export const pipelineAlerts: readonly Alert[] = [
  {
    name: "JobTelemetryAbsent",
    severity: "critical",
    summary: "Service {job} has stopped reporting its jobs",
    about:
      "A service that reported says nothing any more, so no other alert can speak of it. Its processes do not run, or what they send does not arrive.",
    source: "process",
    by: service,
    board: "pipeline",
    over: "services",
    uses: [],
    metrics: (scope) => ({ expr: absence(scope), for: "0m" }),
    records: ({ config }) => ({
      expr: `absent_over_time({service_name=~".+"} | event_name=~"job[.].+" [${config.absentAfter}])`,
      for: "0m",
    }),
  },
  {
    name: "JobRecordsDropped",
    severity: "critical",
    summary: "Service {job} gave up {value:count} records",
    about: "Records could not be delivered for longer than the process can keep them. The job log is not whole.",
    source: "process",
    by: service,
    board: "pipeline",
    over: "services",
    uses: [],
    metrics: ({ config }) => ({
      expr: promql`${sum(increased("job.log.dropped", [], config.recent), service)} > 0`,
      for: "0m",
    }),
  },
  {
    name: "JobRecordsRefused",
    severity: "critical",
    summary: "A backend refused {value:count} records for good",
    about:
      "A Collector gave records up because their backend refused them. They are in its second sink: find the cause in its log, then resend.",
    source: "collector",
    by: [],
    board: "pipeline",
    over: "everything",
    uses: [],
    metrics: ({ config }) => ({
      expr: promql`sum(${increasedOf(own("otelcol_exporter_send_failed_log_records"), config.recent)}) > 0`,
      for: "0m",
    }),
  },
  {
    name: "JobLogGap",
    severity: "warning",
    summary: "Service {job} says that records of its jobs were lost",
    about: "A process or a source says itself that it lost records, and how many. The audit log has a hole there.",
    source: "gateway",
    by: service,
    board: "pipeline",
    over: "services",
    uses: [],
    metrics: ({ config }) => ({
      expr: promql`${sum(increased("job.log.records", [["job.event.name", "=", "job.log.gap"]], config.recent), service)} > 0`,
      for: "0m",
    }),
    records: (scope) => ({
      expr: `${countOf([], recordsOf(scope, "job.log.gap"), scope.config.recent).replace("sum by () ", "sum by (service_name) ")} > 0`,
      for: "0m",
    }),
  },
];
