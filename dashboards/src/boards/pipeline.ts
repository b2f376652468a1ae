import type { Board } from "../board.ts";
import { own } from "../collector.ts";
import type { CollectorMetric } from "../collector.ts";
import { anyIsBad, called, lines, query, stat, towards } from "../panel.ts";
import { increased, increasedOf, promql, rate, rateWindow, series, sum } from "../promql.ts";
import type { Matcher, Promql } from "../promql.ts";
import { ofJobs, ofService, variables } from "../scope.ts";

const active: Promql = series("job.run.active", ofService);

/** Nothing lost is 0 where a process reports. */
const lost = (of: Promql): Promql => promql`(${of}) or 0 * ${sum(active)}`;

const gap: Matcher = ["job.event.name", "=", "job.log.gap"];

/** What one of the Collector's counters grew by in the time shown; 0 where it has none yet. */
const counted = (metric: CollectorMetric): Promql =>
  promql`sum(${increasedOf(own(metric), rateWindow)}) or 0 * sum(${own("otelcol_process_uptime")})`;

/** What one of the Collector's counters grows by in a second; 0 where it has none yet. */
const rateOf = (metric: CollectorMetric): Promql =>
  promql`sum(rate(${own(metric)}[$__rate_interval])) or 0 * sum(${own("otelcol_process_uptime")})`;

const perSecond = (metric: CollectorMetric, label: string): Promql =>
  promql`sum by (${label}) (rate(${own(metric)}[$__rate_interval]))`;

const queueFill: Promql = promql`max by (exporter) (${own("otelcol_exporter_queue_size")} / ignoring (__name__) ${own("otelcol_exporter_queue_capacity")})`;

/** Whether what is seen is whole. */
export const pipeline: Board = {
  id: "pipeline",
  title: "Jobs: pipeline health",
  about:
    "Is what the other boards show the whole truth? Records delivered, waiting, dropped; gaps; the Collector's queues.",
  from: "now-6h",
  variables,
  rows: [
    {
      title: "Is anything lost?",
      panels: [
        stat("Processes that report", "none", [query(promql`count(count by (job, instance) (${active}))`)], {
          about:
            "Processes that have sent metrics in the last minutes. Red, or fewer than you run: see where they send to.",
          to: "overview",
          thresholds: { bad: 1, below: true },
        }),
        stat("Records given up", "none", [query(lost(sum(increased("job.log.dropped", ofService, rateWindow))))], {
          about:
            "Records that processes could not deliver. Red: their endpoint was away for longer than their buffer lasts.",
          to: "audit",
          thresholds: anyIsBad,
        }),
        stat(
          "Gaps",
          "none",
          [
            query(
              promql`(${sum(increased("job.log.records", [...ofService, gap], rateWindow))}) or 0 * ${sum(rate("job.log.records", ofService))}`,
            ),
          ],
          {
            about:
              "Records that say that others were lost. Red: the audit log has a hole, and its record says how large.",
            to: "audit",
            source: "gateway",
            thresholds: anyIsBad,
          },
        ),
        stat("Refused by backends", "none", [query(counted("otelcol_exporter_send_failed_log_records"))], {
          about:
            "Records that a backend refused for good. Red: they are in the Collector's second sink; see its log, then run `jobtrail collector resend`.",
          to: "collector",
          source: "collector",
          thresholds: anyIsBad,
        }),
        stat("Fullest queue", "percentunit", [query(promql`max(${queueFill})`)], {
          about: "How full the fullest queue of a Collector is. Red: its backend is away or too slow.",
          to: "collector",
          source: "collector",
          thresholds: { warn: 0.25, bad: 0.5 },
        }),
        stat("Too old for a backend", "none", [query(counted("otelcol_processor_filter_logs_filtered"))], {
          about: "Records that were older than the backend takes. Red: they are in the second sink alone.",
          to: "collector",
          source: "collector",
          thresholds: anyIsBad,
        }),
      ],
    },
    {
      title: "Processes",
      panels: [
        lines(
          "Processes by service",
          "none",
          [query(promql`count by (job) (count by (job, instance) (${active}))`, ["job"])],
          {
            about: "How many processes of each service report. A step down without a deploy is one that died.",
            ...towards("overview", "job"),
          },
        ),
        lines(
          "Records given up by service",
          "ops",
          [
            query(promql`(${sum(rate("job.log.dropped", ofService), ["job"])}) or 0 * ${sum(active, ["job"])}`, [
              "job",
            ]),
          ],
          {
            about: "Records that processes could not deliver. Red: is their endpoint reachable?",
            ...towards("audit", "job"),
            thresholds: { bad: 0.001 },
          },
        ),
        lines(
          "Records by event",
          "ops",
          [query(sum(rate("job.log.records", ofJobs), ["job.event.name"]), ["job.event.name"])],
          {
            about:
              "Records of the job log that pass the gateway. Ends without starts, or starts without ends, mean a part is missing.",
            ...towards("audit", "job.event.name"),
            source: "gateway",
          },
        ),
      ],
    },
    {
      title: "Collectors",
      panels: [
        lines("Records taken", "ops", [query(perSecond("otelcol_receiver_accepted_log_records", "receiver"))], {
          about: "Records that Collectors took from processes.",
          to: "collector",
          source: "collector",
        }),
        lines("Records sent", "ops", [query(perSecond("otelcol_exporter_sent_log_records", "exporter"))], {
          about:
            "Records that Collectors delivered, by exporter. file/second_sink is the copy on disk; the others should follow it.",
          to: "collector",
          source: "collector",
        }),
        lines(
          "Refused, failed, filtered",
          "ops",
          [
            called(
              "senders refused",
              promql`sum(rate(${own("otelcol_receiver_refused_log_records")}[$__rate_interval]))`,
            ),
            called(
              "queue refused",
              promql`sum(rate(${own("otelcol_exporter_enqueue_failed_log_records")}[$__rate_interval]))`,
            ),
            called(
              "backend refused",
              promql`sum(rate(${own("otelcol_exporter_send_failed_log_records")}[$__rate_interval]))`,
            ),
            called("too old", rateOf("otelcol_processor_filter_logs_filtered")),
          ],
          {
            about:
              "Red: find out why in the Collector's log. Senders that are refused try again; what a backend refused, or was too old, is in the second sink alone.",
            to: "collector",
            source: "collector",
            thresholds: { bad: 0.001 },
          },
        ),
        lines("How full queues are", "percentunit", [query(queueFill)], {
          about:
            "What waits for a backend, as a share of what fits. Red: it is away or too slow, and senders will soon wait.",
          to: "collector",
          source: "collector",
          thresholds: { warn: 0.25, bad: 0.5 },
        }),
        lines(
          "Spans and metrics sent",
          "ops",
          [
            called("spans", promql`sum(rate(${own("otelcol_exporter_sent_spans")}[$__rate_interval]))`),
            called("metric points", promql`sum(rate(${own("otelcol_exporter_sent_metric_points")}[$__rate_interval]))`),
          ],
          { about: "What Collectors delivered of the other signals.", to: "collector", source: "collector" },
        ),
      ],
    },
  ],
};
