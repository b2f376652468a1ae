import { known, labelName, seriesName } from "@jobtrail/dashboards";
import type { Metric } from "@jobtrail/dashboards";
import { expect, it } from "vitest";

/**
 * As OpenTelemetry's own translator spells them, which Prometheus' OTLP receiver and the Collector's exporters share.
 * data.test.ts finds the underscored ones in a real Prometheus.
 */
const spelled: Readonly<Record<Metric, readonly [underscore: string, utf8: string]>> = {
  "job.run.duration": ["job_run_duration_seconds", "job.run.duration_seconds"],
  "job.run.wait": ["job_run_wait_seconds", "job.run.wait_seconds"],
  "job.run.active": ["job_run_active", "job.run.active"],
  "job.run.retries": ["job_run_retries_total", "job.run.retries_total"],
  "job.run.stalls": ["job_run_stalls_total", "job.run.stalls_total"],
  "job.run.items": ["job_run_items_total", "job.run.items_total"],
  "job.schedule.missed": ["job_schedule_missed_total", "job.schedule.missed_total"],
  "job.schedule.lateness": ["job_schedule_lateness_seconds", "job.schedule.lateness_seconds"],
  "job.schedule.last_success.time": [
    "job_schedule_last_success_time_seconds",
    "job.schedule.last_success.time_seconds",
  ],
  "job.schedule.next_run.time": ["job_schedule_next_run_time_seconds", "job.schedule.next_run.time_seconds"],
  "job.log.dropped": ["job_log_dropped_total", "job.log.dropped_total"],
  "job.log.records": ["job_log_records_total", "job.log.records_total"],
  "job.span.calls": ["job_span_calls_total", "job.span.calls_total"],
  "job.span.duration": ["job_span_duration_seconds", "job.span.duration_seconds"],
  "job.queue.size": ["job_queue_size", "job.queue.size"],
  "job.queue.oldest_job.age": ["job_queue_oldest_job_age_seconds", "job.queue.oldest_job.age_seconds"],
  "job.run.oldest_active.start_time": [
    "job_run_oldest_active_start_time_seconds",
    "job.run.oldest_active.start_time_seconds",
  ],
  "job.worker.count": ["job_worker_count", "job.worker.count"],
  "job.schedule.interval": ["job_schedule_interval_seconds", "job.schedule.interval_seconds"],
};

it("spells each metric as Prometheus does, in both ways of naming", () => {
  const found = (Object.keys(known) as Metric[]).map((metric) => [
    metric,
    [seriesName(metric, { names: "underscore" }), seriesName(metric, { names: "utf8" })],
  ]);
  expect(Object.fromEntries(found)).toEqual(spelled);
  expect([labelName("job.queue.name"), labelName("job.queue.name", { names: "utf8" })]).toEqual([
    "job_queue_name",
    "job.queue.name",
  ]);
});
