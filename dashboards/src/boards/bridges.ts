import type { Board, Panel } from "../board.ts";
import type { Label } from "../metric.ts";
import { anyIsBad, called, lines, logs, query, records, stat, table } from "../panel.ts";
import { countBy, ofEvent, recordsWhere } from "../logql.ts";
import { increased, max, promql, quantile, rateWindow, series, sum } from "../promql.ts";
import type { Matcher, Promql } from "../promql.ts";
import { recordVariables } from "../scope.ts";

const bridge = ["job.system.name", "job.bridge.name"] as const;
const chosen: readonly Matcher[] = [["job.system.name", "=~", "$system"]];

const lag: Promql = max(series("job.bridge.lag", chosen), bridge);
const lastSuccess: Promql = max(
  promql`last_over_time(${series("job.bridge.last_success.time", chosen)}[$__range])`,
  bridge,
);
const grown = (
  metric: "job.bridge.records" | "job.bridge.refusals" | "job.bridge.requests",
  by: readonly Label[] = bridge,
): Promql => sum(increased(metric, chosen, rateWindow), by);

const of = (system: string): Matcher => ["job.system.name", "=", system];

/** What the jobs of a system counted, by the names of the counters. */
const items = (system: string, names: string): Promql =>
  sum(increased("job.run.items", [of(system), ["job.item.name", "=~", names]], rateWindow), ["job.item.name"]);

const counters = (title: string, system: string, names: string, about: string, more: Partial<Panel> = {}): Panel =>
  lines(title, "none", [query(items(system, names), ["job.item.name"])], {
    about,
    to: "audit",
    source: "bridge",
    ...more,
  });

const recordsOf = (system: string, ...more: readonly Parameters<typeof recordsWhere>[0][number][]): string =>
  recordsWhere([["job.system.name", "=", system], ...more]);

/** The job logs of other systems: whether they are read, and what each of them says. */
export const bridges: Board = {
  id: "bridges",
  title: "Jobs: bridges",
  about: "Are the job logs of other systems read as they grow, and what do they say?",
  from: "now-24h",
  variables: recordVariables,
  rows: [
    {
      title: "All bridges",
      panels: [
        stat("Most behind", "s", [query(max(lag))], {
          about: "How far the slowest bridge is behind its source. Red: it cannot read it, or the receiver is away.",
          to: "pipeline",
          source: "bridge",
          thresholds: { warn: 300, bad: 900 },
        }),
        stat("Oldest success", "s", [query(promql`time() - min(${lastSuccess})`)], {
          about: "How long ago the bridge last read everything that succeeded least recently. Red: see its log.",
          to: "pipeline",
          source: "bridge",
          thresholds: { warn: 300, bad: 900 },
        }),
        stat("Refused records", "none", [query(promql`sum(${grown("job.bridge.refusals")})`)], {
          about:
            "Records that do not agree with their documentation. Red: they and the reasons are in the bridge's folder.",
          to: "audit",
          source: "bridge",
          thresholds: anyIsBad,
        }),
        table(
          "Bridges",
          "none",
          [
            called("Behind", lag, { unit: "s" }),
            called("Last success", promql`1000 * (${lastSuccess})`, { unit: "dateTimeFromNow" }),
            called("Records", grown("job.bridge.records")),
            called("Refused", promql`(${grown("job.bridge.refusals")}) or 0 * (${lastSuccess})`),
          ],
          {
            about: "Each bridge in one line, the one that is furthest behind on top. Red: it does not read its source.",
            to: "audit",
            by: ["job.system.name"],
            source: "bridge",
            width: 24,
            sortBy: 0,
            thresholds: { warn: 300, bad: 900 },
          },
        ),
        lines("Behind by bridge", "s", [query(lag, bridge)], {
          about:
            "How far each bridge is behind. It rises while a source or the receiver is away, and falls as it catches up.",
          to: "pipeline",
          source: "bridge",
        }),
        lines(
          "Requests by answer",
          "none",
          [
            query(grown("job.bridge.requests", [...bridge, "http.response.status_code", "error.type"]), [
              "job.bridge.name",
              "http.response.status_code",
              "error.type",
            ]),
          ],
          {
            about:
              "How sources answer: a status, or the code of a failure. 401 and 403 need other credentials, 429 a longer interval.",
            to: "pipeline",
            source: "bridge",
            stacked: true,
          },
        ),
      ],
    },
    {
      title: "HarperDB",
      panels: [
        counters(
          "Records loaded of all",
          "harperdb",
          "records_(loaded|total)",
          "Records that jobs loaded, and those that they were meant to load. Where the lines part, a load was partial.",
        ),
        lines(
          "Orphans",
          "none",
          [query(sum(increased("job.run.stalls", [of("harperdb")], rateWindow), ["job.name"]), ["job.name"])],
          {
            about:
              "Jobs that did not end within the limit: after a crash of their node nothing ends them. Red: start the work again.",
            to: "audit",
            source: "bridge",
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Devo",
      panels: [
        counters(
          "Events generated and sent",
          "devo",
          "events_(generated|sent)",
          "Events that queries gave, and those that reached their destination, counted when a run ends.",
        ),
        lines(
          "Stopped by an error or completed with errors",
          "none",
          [
            records(
              countBy(
                ["job.name"],
                [["job.system.name", "=", "devo"], ofEvent("job.run.ended"), ["job.run.result", "=", "failure"]],
              ),
              "{{job_name}} failed",
            ),
            records(
              countBy(
                ["job.name"],
                [["job.system.name", "=", "devo"], ofEvent("job.run.ended"), ["job.run.warnings", "=~", ".+"]],
              ),
              "{{job_name}} with errors",
            ),
          ],
          {
            about:
              "Queries that an error stopped, and those that completed although some events were not sent. Red: see their records.",
            to: "audit",
            source: "logs",
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Qlik Cloud",
      panels: [
        counters("Billable runs", "qlik", "billable_runs", "Runs whose blocks used connectors that are paid for.", {
          width: 8,
        }),
        counters("API calls", "qlik", "api_calls", "Calls of the runs to other systems.", { width: 8 }),
        counters("Bytes", "qlik", "(received|sent)_bytes", "Bytes that the runs received and sent.", {
          width: 8,
          unit: "bytes",
        }),
        lines(
          "Exceeded limits",
          "none",
          [
            query(
              sum(increased("job.run.duration", [of("qlik"), ["error.type", "=", "limit_exceeded"]], rateWindow), [
                "job.name",
              ]),
              ["job.name"],
            ),
          ],
          {
            about:
              "Runs that ended because a limit was exceeded. Red: make the automation smaller, or ask for a higher limit.",
            to: "audit",
            source: "bridge",
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Product-Live",
      panels: [
        lines(
          "Depth by pipeline",
          "none",
          [
            query(sum(series("job.queue.size", [of("product-live")]), ["job.queue.name", "job.state"]), [
              "job.queue.name",
              "job.state",
            ]),
          ],
          {
            about: "How many jobs wait and work in each pipeline. A pipeline runs one job at a time.",
            to: "queue",
            source: "bridge",
          },
        ),
        lines(
          "Longest wait by pipeline",
          "s",
          [
            query(max(series("job.queue.oldest_job.age", [of("product-live")]), ["job.queue.name"]), [
              "job.queue.name",
            ]),
          ],
          {
            about: "How long the oldest waiting job of each pipeline has waited.",
            to: "queue",
            source: "bridge",
          },
        ),
        lines(
          "Wait by pipeline, p95",
          "s",
          [query(quantile(0.95, "job.run.wait", [of("product-live")], ["job.queue.name"]), ["job.queue.name"])],
          {
            about: "How long jobs waited before they started. It is known where executions can be read.",
            to: "queue",
            source: "bridge",
          },
        ),
        lines(
          "Periodic jobs missed",
          "none",
          [
            query(sum(increased("job.schedule.missed", [of("product-live")], rateWindow), ["job.schedule.id"]), [
              "job.schedule.id",
            ]),
          ],
          {
            about:
              "Periodic jobs that were not queued at their time. Red: look at the job's periodicity in the settings.",
            to: "schedules",
            source: "bridge",
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Better Content Archiving",
      panels: [
        counters(
          "Counters",
          "better-content-archiving",
          ".+",
          "What the jobs counted: statuses refreshed, e-mails sent, contents archived and deleted. Is the trend increasing, stagnating or decreasing?",
          { width: 24 },
        ),
        table(
          "Who ran what",
          "none",
          [
            records(
              `topk(50, ${countBy(["job.actor.name", "job.name", "job.run.result"], [["job.system.name", "=", "better-content-archiving"], ofEvent("job.run.ended")], "$__range")})`,
            ),
          ],
          { about: "Who executed which jobs and what came of it, most first.", to: "audit", source: "logs", width: 24 },
        ),
        logs(
          "Executions, newest first",
          "none",
          [records(recordsOf("better-content-archiving", ofEvent("job.run.ended")))],
          {
            about: "One line per execution, newest first.",
            to: "run",
            source: "logs",
          },
        ),
      ],
    },
  ],
};
