import {
  attributes,
  buckets,
  derivedMetrics,
  events,
  metrics,
  spans,
} from "../../packages/conventions/src/registry.ts";
import type { AttributeRow, MetricRow } from "../../packages/conventions/src/registry.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

const severities: Readonly<Record<number, string>> = { 5: "DEBUG", 9: "INFO", 13: "WARN", 17: "ERROR" };

/** The reference of everything that is emitted: `docs/reference/telemetry.md`. */
export const telemetryPage = (): Generated => ({
  path: "docs/reference/telemetry.md",
  text: page("packages/conventions/src/registry.ts", "What Jobtrail emits", [
    "## Spans",
    table(
      ["name", "kind", "what it is"],
      Object.entries(spans).map(([name, row]) => [code(name), row.kind, row.brief]),
    ),
    "## Events",
    "Each is one log record whose event name is set. Its attributes stand alone: no join is needed to read it. The body is one sentence for people.",
    table(
      ["event", "severity", "when"],
      Object.entries(events).map(([name, row]) => [code(name), severities[row.severity] ?? "", row.brief]),
    ),
    "## Metrics",
    `Histogram boundaries, in seconds: ${buckets.join(", ")}.`,
    metricTable(metrics),
    "## Metrics that the Collector derives",
    "A gateway ([collector](../../collector/README.md)) makes these of the spans and records that pass through it. Those of spans also say `service.name`, `span.name`, `span.kind` and `status.code`.",
    metricTable(derivedMetrics),
    "## Attributes",
    "On: S spans, L log records, M metrics. Personal values may know people; secret ones are never emitted. The fold takes each value from the best source, and of one source the first or the last.",
    table(
      ["attribute", "type", "of", "on", "fold", "sensitivity", "meaning"],
      Object.entries(attributes).map(([name, row]) => [
        code(name),
        row.unit === undefined ? row.type : `${row.type}, ${row.unit}`,
        row.scope,
        row.on,
        row.merge,
        row.sensitivity,
        meaning(row),
      ]),
    ),
  ]),
});

const metricTable = (rows: Readonly<Record<string, MetricRow>>): string =>
  table(
    ["metric", "instrument", "unit", "attributes", "what it counts"],
    Object.entries(rows).map(([name, row]) => [
      code(name),
      row.instrument,
      row.unit === "" ? "" : code(row.unit),
      row.attributes.map(code).join(", "),
      row.brief,
    ]),
  );

const code = (text: string): string => `\`${text}\``;

const meaning = (row: AttributeRow): string =>
  row.values === undefined ? row.brief : `${row.brief} One of ${row.values.map(code).join(", ")}.`;
