import { promql } from "./promql.ts";
import type { Promql } from "./promql.ts";

/** A metric of the Collector's own. */
export type CollectorMetric =
  | "otelcol_receiver_accepted_log_records"
  | "otelcol_receiver_refused_log_records"
  | "otelcol_receiver_refused_spans"
  | "otelcol_receiver_refused_metric_points"
  | "otelcol_processor_memory_limiter_refused_log_records"
  | "otelcol_exporter_sent_log_records"
  | "otelcol_exporter_sent_spans"
  | "otelcol_exporter_sent_metric_points"
  | "otelcol_exporter_send_failed_log_records"
  | "otelcol_exporter_send_failed_spans"
  | "otelcol_exporter_send_failed_metric_points"
  | "otelcol_exporter_enqueue_failed_log_records"
  | "otelcol_exporter_enqueue_failed_spans"
  | "otelcol_exporter_enqueue_failed_metric_points"
  | "otelcol_exporter_queue_size"
  | "otelcol_exporter_queue_capacity"
  | "otelcol_processor_filter_logs_filtered"
  | "otelcol_processor_tail_sampling_sampling_traces_on_memory"
  | "otelcol_kafka_receiver_offset_lag"
  | "otelcol_process_memory_rss"
  | "otelcol_process_uptime";

/** The Collector's own metrics that boards and alerts use, with the labels that they use of each. */
export const collectorMetrics: Readonly<Record<CollectorMetric, readonly string[]>> = {
  otelcol_receiver_accepted_log_records: ["receiver"],
  otelcol_receiver_refused_log_records: ["receiver", "instance"],
  otelcol_receiver_refused_spans: [],
  otelcol_receiver_refused_metric_points: [],
  otelcol_processor_memory_limiter_refused_log_records: [],
  otelcol_exporter_sent_log_records: ["exporter"],
  otelcol_exporter_sent_spans: ["exporter"],
  otelcol_exporter_sent_metric_points: ["exporter"],
  otelcol_exporter_send_failed_log_records: ["exporter"],
  otelcol_exporter_send_failed_spans: ["exporter"],
  otelcol_exporter_send_failed_metric_points: ["exporter"],
  otelcol_exporter_enqueue_failed_log_records: ["exporter"],
  otelcol_exporter_enqueue_failed_spans: ["exporter"],
  otelcol_exporter_enqueue_failed_metric_points: ["exporter"],
  otelcol_exporter_queue_size: ["exporter", "data_type"],
  otelcol_exporter_queue_capacity: ["exporter", "data_type"],
  otelcol_processor_filter_logs_filtered: ["filter"],
  otelcol_processor_tail_sampling_sampling_traces_on_memory: [],
  otelcol_kafka_receiver_offset_lag: [],
  otelcol_process_memory_rss: [],
  otelcol_process_uptime: [],
};

/** Series of the Collector's own. Some Collectors end the names of counters in _total. */
export const own = (metric: CollectorMetric, where = ""): Promql => promql`{__name__=~"${metric}(_total)?"${where}}`;
