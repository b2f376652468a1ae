import type { Case } from "./promtool.ts";

const process = `job="shop/worker",instance="i1"`;
const mail = { job_system_name: "bullmq", job_queue_name: "mail" };
const send = { ...mail, job_name: "send" };
const nightly = { job_system_name: "croner", job_schedule_id: "nightly" };

const text = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");

const runs = (more: string): string => `job_run_duration_seconds_count{${text(send)},${process},${more}}`;
const good = runs(`job_run_result="success",job_run_final="true"`);
const tried = runs(`job_run_result="failure",job_run_final="false",error_type="Error"`);
const bad = runs(`job_run_result="failure",job_run_final="true",error_type="Error"`);
const active = `job_run_active{${text(send)},${process}}`;
const retries = `job_run_retries_total{${text(send)},${process}}`;
const waiting = `job_queue_size{${text(mail)},job_state="waiting"}`;
const workers = `job_worker_count{${text(mail)}}`;
const lateness = (le: string): string => `job_schedule_lateness_seconds_bucket{${text(nightly)},${process},le="${le}"}`;
const nextRun = (instance: string): string =>
  `job_schedule_next_run_time_seconds{${text(nightly)},job="shop/worker",instance="${instance}"}`;

const exporter = { instance: "c1", exporter: "otlp_http/logs" };
const logsQueue = text({ ...exporter, data_type: "logs" });
const devo = { job_system_name: "devo", job_bridge_name: "devo" };

const none: readonly Readonly<Record<string, string>>[] = [];
const alert = (
  alertname: string,
  severity: string,
  labels: Readonly<Record<string, string>>,
): readonly Readonly<Record<string, string>>[] => [{ alertname, severity, ...labels }];

/** Each alert is silent, fires and resolves, and no other fires with it. Minutes since the first value. */
export const cases: readonly Case[] = [
  {
    name: "JobsFailing fires while one in six tries fails, and no longer than that",
    series: { [good]: "0+10x240", [tried]: "0x60 0+2x60 120x120" },
    firing: [
      { at: "30m", alerts: none },
      { at: "90m", alerts: alert("JobsFailing", "critical", send) },
      { at: "140m", alerts: none },
    ],
    annotated: {
      at: "119m",
      alertname: "JobsFailing",
      labels: { severity: "critical", ...send },
      annotations: {
        summary: "16.2% of the tries of send in queue mail fail",
        description:
          "Over the last hour and over the last minutes too many tries failed, and there were enough of them to tell. Look at the error types and versions on the job's board.",
        runbook_url: "https://github.com/jobtrail/jobtrail/blob/main/docs/runbooks/jobs-failing.md",
        dashboard_url: "http://localhost:3000/d/jobtrail-job?var-system=bullmq&var-queue=mail&var-job=send",
        joblog_url: "http://localhost:4318/?system=bullmq&queue=mail&name=send",
      },
    },
  },
  {
    name: "one failure in a hundred tries, and a nightly job that fails once and is tried again, are no failing jobs",
    series: { [good]: "0+10x240", [tried]: "0x60 0+1x1 1x180" },
    firing: [
      { at: "62m", alerts: none },
      { at: "120m", alerts: none },
    ],
  },
  {
    name: "JobFailedForGood fires at the first failure of a job that never failed before",
    series: { [bad]: "_x10 1x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobFailedForGood", "warning", send) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobRetriesExhausted fires in its place where the job was tried again",
    series: { [bad]: "_x10 1x90", [retries]: "_x8 2x92" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobRetriesExhausted", "critical", send) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobRunStuck fires where a process has been at work for an hour and nothing ended",
    series: { [active]: "0x5 1x95 0x100", [good]: "5x100 6x100" },
    firing: [
      { at: "50m", alerts: none },
      { at: "80m", alerts: alert("JobRunStuck", "warning", send) },
      { at: "105m", alerts: none },
    ],
  },
  {
    name: "JobRunStuck is silent where runs end, and where a process has only just begun",
    series: { [active]: "1x40", [good]: "0+1x40" },
    firing: [{ at: "30m", alerts: none }],
  },
  {
    name: "JobRunStuck fires by what an observer says of the oldest run",
    series: { [`job_run_oldest_active_start_time_seconds{${text(send)}}`]: "600x100 7200x100" },
    firing: [
      { at: "60m", alerts: none },
      { at: "75m", alerts: alert("JobRunStuck", "warning", send) },
      { at: "130m", alerts: none },
    ],
  },
  {
    name: "JobsStalled fires at the first stall",
    series: { [`job_run_stalls_total{${text(send)},${process}}`]: "_x10 2x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobsStalled", "warning", send) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "ScheduleMissed fires where the process says that it missed",
    series: { [`job_schedule_missed_total{${text(nightly)},${process}}`]: "_x10 1x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("ScheduleMissed", "critical", nightly) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "ScheduleMissed fires where the process is gone and its metrics with it, until another says the next time",
    series: { [nextRun("i1")]: "600x5 stale", [nextRun("i2")]: "_x30 7200x60" },
    firing: [
      { at: "14m", alerts: none },
      { at: "20m", alerts: alert("ScheduleMissed", "critical", nightly) },
      { at: "32m", alerts: none },
    ],
  },
  {
    name: "ScheduleMissed fires by the interval that an observer says",
    series: {
      [`job_schedule_interval_seconds{${text(nightly)}}`]: "600x100",
      [`job_schedule_last_success_time_seconds{${text(nightly)},${process}}`]: "0x30 1800x60",
    },
    firing: [
      { at: "14m", alerts: none },
      { at: "20m", alerts: alert("ScheduleMissed", "critical", nightly) },
      { at: "35m", alerts: none },
    ],
  },
  {
    name: "a schedule that says that it has no next run is not missed",
    series: { [nextRun("i1")]: "600x5 0x60" },
    firing: [{ at: "30m", alerts: none }],
  },
  {
    name: "ScheduleLate fires at the first run that starts more than a minute late",
    series: { [lateness("60")]: "_x10 0x90", [lateness("120")]: "_x10 1x90", [lateness("+Inf")]: "_x10 1x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("ScheduleLate", "warning", nightly) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobQueueAge fires where the oldest job has waited for long",
    series: { [`job_queue_oldest_job_age_seconds{${text(mail)}}`]: "10x10 1000x30 10x30" },
    firing: [
      { at: "9m", alerts: none },
      { at: "20m", alerts: alert("JobQueueAge", "warning", mail) },
      { at: "45m", alerts: none },
    ],
  },
  {
    name: "JobQueueAge fires without an observer, by how long the jobs waited that ran",
    series: {
      [`job_run_wait_seconds_bucket{${text(send)},${process},le="600"}`]: "0+1x10 10x60",
      [`job_run_wait_seconds_bucket{${text(send)},${process},le="1800"}`]: "0+1x30 30x40",
      [`job_run_wait_seconds_bucket{${text(send)},${process},le="+Inf"}`]: "0+1x30 30x40",
    },
    firing: [
      { at: "9m", alerts: none },
      { at: "25m", alerts: alert("JobQueueAge", "warning", mail) },
      { at: "60m", alerts: none },
    ],
  },
  {
    name: "JobBacklogGrowing fires while a large backlog grows",
    series: { [waiting]: "50+10x60 650x60", [workers]: "2x120", [good]: "0+10x120" },
    firing: [
      { at: "10m", alerts: none },
      { at: "45m", alerts: alert("JobBacklogGrowing", "warning", mail) },
      { at: "100m", alerts: none },
    ],
  },
  {
    name: "JobQueueWithoutWorkers fires where jobs wait and nobody is there",
    series: { [waiting]: "5x80", [workers]: "2x10 0x30 2x40", [good]: "0+10x80" },
    firing: [
      { at: "9m", alerts: none },
      { at: "20m", alerts: alert("JobQueueWithoutWorkers", "critical", mail) },
      { at: "50m", alerts: none },
    ],
  },
  {
    name: "JobQueueNotMoving fires where jobs wait, workers are there, and nothing ends",
    series: { [waiting]: "5x120", [workers]: "2x120", [good]: "0+10x20 200x50 200+10x50" },
    firing: [
      { at: "20m", alerts: none },
      { at: "60m", alerts: alert("JobQueueNotMoving", "critical", mail) },
      { at: "80m", alerts: none },
    ],
  },
  {
    name: "JobTelemetryAbsent fires where a service is silent that was not",
    series: {
      [active]: "0x10 stale",
      [`job_run_active{${text(send)},job="shop/worker",instance="i2"}`]: "_x40 0x60",
    },
    firing: [
      { at: "20m", alerts: none },
      { at: "30m", alerts: alert("JobTelemetryAbsent", "critical", { job: "shop/worker" }) },
      { at: "45m", alerts: none },
    ],
  },
  {
    name: "JobRecordsDropped fires at the first record that is given up",
    series: { [`job_log_dropped_total{${process}}`]: "_x10 7x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobRecordsDropped", "critical", { job: "shop/worker" }) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobRecordsRefused fires where a backend refuses, however the Collector spells its counters",
    series: { [`otelcol_exporter_send_failed_log_records_total{exporter="otlp_http/logs"}`]: "_x10 7x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobRecordsRefused", "critical", {}) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "CollectorQueueFilling fires while a queue is more than half full",
    series: {
      [`otelcol_exporter_queue_size{${logsQueue}}`]: "_x2 100x8 600x30 100x60",
      [`otelcol_exporter_queue_capacity{${logsQueue}}`]: "1000x100",
    },
    firing: [
      { at: "10m", alerts: none },
      { at: "20m", alerts: alert("CollectorQueueFilling", "warning", exporter) },
      { at: "50m", alerts: none },
    ],
  },
  {
    name: "CollectorQueueFull fires where a queue did not take records",
    series: { [`otelcol_exporter_enqueue_failed_log_records{${logsQueue}}`]: "_x10 7x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("CollectorQueueFull", "critical", exporter) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "CollectorRefusesRecords fires while senders are refused, and not for a moment",
    series: { [`otelcol_receiver_refused_log_records{instance="c1",receiver="otlp"}`]: "0x10 50x20 50+5x20 150x60" },
    firing: [
      { at: "13m", alerts: none },
      { at: "45m", alerts: alert("CollectorRefusesRecords", "warning", { instance: "c1" }) },
      { at: "80m", alerts: none },
    ],
  },
  {
    name: "CollectorLosesTelemetry fires where spans are refused for good",
    series: { [`otelcol_exporter_send_failed_spans{instance="c1",exporter="otlp_http/traces"}`]: "_x10 7x90" },
    firing: [
      { at: "5m", alerts: none },
      {
        at: "11m",
        alerts: alert("CollectorLosesTelemetry", "warning", { instance: "c1", exporter: "otlp_http/traces" }),
      },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "CollectorRecordsTooOld fires where records were taken out for their age",
    series: { [`otelcol_processor_filter_logs_filtered{instance="c1",filter="filter/too_old"}`]: "_x10 7x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("CollectorRecordsTooOld", "warning", { instance: "c1" }) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "CollectorAbsent fires where no Collector of a name reports, not where one of two is replaced",
    series: {
      [`otelcol_process_uptime{job="gateway",instance="c1"}`]: "0+60x10 _x100",
      [`otelcol_process_uptime{job="gateway",instance="c2"}`]: "_x10 0+60x20 _x200 0+60x40",
    },
    firing: [
      { at: "28m", alerts: none },
      { at: "60m", alerts: alert("CollectorAbsent", "critical", { job: "gateway" }) },
      { at: "240m", alerts: none },
    ],
  },
  {
    name: "CollectorRestarts fires at the third start within an hour",
    series: { [`otelcol_process_uptime{job="gateway",instance="c1"}`]: "0+60x20 0+60x5 0+60x5 0+60x200" },
    firing: [
      { at: "30m", alerts: none },
      { at: "40m", alerts: alert("CollectorRestarts", "warning", { instance: "c1" }) },
      { at: "120m", alerts: none },
    ],
  },
  {
    name: "CollectorBehindKafka fires while gateways stay behind",
    series: {
      [`otelcol_kafka_receiver_offset_lag{instance="c1",partition="0"}`]: "0x10 90000x40 0x60",
      [`otelcol_kafka_receiver_offset_lag{instance="c1",partition="1"}`]: "0x10 90000x40 0x60",
    },
    firing: [
      { at: "20m", alerts: none },
      { at: "40m", alerts: alert("CollectorBehindKafka", "warning", {}) },
      { at: "70m", alerts: none },
    ],
  },
  {
    name: "JobLogGap fires where a record says that others were lost",
    series: { [`job_log_records_total{job="shop/worker",job_event_name="job.log.gap"}`]: "_x10 1x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobLogGap", "warning", { job: "shop/worker" }) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobBridgeBehind fires when a bridge could not read its source for a quarter of an hour",
    series: { [`job_bridge_lag_seconds{${text(devo)}}`]: "5x10 60+60x30 5x30" },
    firing: [
      { at: "10m", alerts: none },
      { at: "35m", alerts: alert("JobBridgeBehind", "critical", devo) },
      { at: "60m", alerts: none },
    ],
  },
  {
    name: "JobBridgeRefuses fires at the first record that is refused",
    series: { [`job_bridge_refusals_total{${text(devo)}}`]: "_x10 2x90" },
    firing: [
      { at: "5m", alerts: none },
      { at: "11m", alerts: alert("JobBridgeRefuses", "warning", devo) },
      { at: "40m", alerts: none },
    ],
  },
  {
    name: "JobBridgeLimitExceeded fires where a limit of the bridged system ended runs",
    series: {
      [`job_run_duration_seconds_count{job_system_name="qlik",job_name="weekly",job_run_result="error",error_type="limit_exceeded"}`]:
        "_x10 2x90",
    },
    firing: [
      { at: "5m", alerts: none },
      {
        at: "11m",
        alerts: alert("JobBridgeLimitExceeded", "warning", { job_system_name: "qlik", job_name: "weekly" }),
      },
      { at: "40m", alerts: none },
    ],
  },
];

/** The same with a configuration: a queue and a schedule that say otherwise, and what is ignored. */
export const configured: readonly Case[] = [
  {
    name: "a queue has thresholds of its own, and an ignored one has none",
    series: {
      [`job_queue_oldest_job_age_seconds{${text(mail)}}`]: "1000x60",
      [`job_queue_oldest_job_age_seconds{job_system_name="bullmq",job_queue_name="slow"}`]: "1000x60",
      [`job_queue_oldest_job_age_seconds{job_system_name="bullmq",job_queue_name="a.b"}`]: "9000x60",
      [`job_schedule_last_success_time_seconds{${text(nightly)},${process}}`]: "900x60",
    },
    firing: [{ at: "20m", alerts: alert("JobQueueAge", "warning", { team: "jobs", ...mail }) }],
  },
  {
    name: "a schedule that must succeed every ten minutes is missed after fifteen, and where it never did",
    series: { [`job_schedule_last_success_time_seconds{${text(nightly)},${process}}`]: "_x5 300x5 stale" },
    firing: [
      {
        at: "2m",
        alerts: alert("ScheduleMissed", "critical", { team: "jobs", job_schedule_id: "nightly" }),
      },
      { at: "15m", alerts: none },
      { at: "25m", alerts: alert("ScheduleMissed", "critical", { team: "jobs", ...nightly }) },
    ],
  },
];
