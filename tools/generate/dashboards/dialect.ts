import type { Condition, Question } from "./question.ts";

/** A language in which a store is asked. */
export interface Dialect {
  readonly title: string;
  readonly store: string;
  /** What is known of its queries. */
  readonly proof: "parsed" | "written";
  readonly fence: string;
  /** The query, or why there is none. */
  readonly query: (question: Question) => string | undefined;
}

const lokiLabel = (name: string): string => (name === "event" ? "event_name" : name.replaceAll(".", "_"));
const text = (value: string | number): string => (typeof value === "number" ? `${value}` : `"${value}"`);

function logql({ where, show, count, unusual }: Question): string {
  const records = `{service_name=~".+"}${where.map(([name, operator, value]) => ` | ${lokiLabel(name)}${operator}${text(value)}`).join("")}`;
  const by = (names: readonly string[]): string => `by (${names.map(lokiLabel).join(", ")})`;
  if (unusual !== undefined) {
    const { attribute, times, by: one } = unusual;
    const over = (of: string, range: string): string =>
      `${of} ${by([one])} (${of}_over_time(${records} | unwrap ${lokiLabel(attribute)} [${range}]))`;
    return `${over("max", "1d")} > ${times} * ${over("avg", "7d")}`;
  }
  if (count?.of === "records") return `topk(20, sum ${by(count.by)} (count_over_time(${records} [1d])))`;
  if (count !== undefined)
    return `quantile_over_time(0.95, ${records} | unwrap ${lokiLabel(count.attribute ?? "")} [1d]) ${by(count.by)}`;
  return `${records} | line_format "${(show ?? []).map((name) => `{{.${lokiLabel(name)}}}`).join(" ")}"`;
}

function traceql({ where, show, count, onSpans }: Question): string | undefined {
  if (!onSpans) return undefined;
  const conditions = where
    .filter(([name]) => name !== "event")
    .map(([name, operator, value]) => `span.${name} ${operator} ${value === "true" ? "true" : text(value)}`);
  const spans = `{ ${["span.job.run.uid != nil", ...conditions].join(" && ")} }`;
  const by = count === undefined ? "" : ` by (${count.by.map((name) => `span.${name}`).join(", ")})`;
  if (count?.of === "records") return `${spans} | count_over_time()${by}`;
  if (count !== undefined) return `${spans} | quantile_over_time(span.${count.attribute}, 0.95)${by}`;
  const columns = (show ?? []).filter((name) => !where.some(([each]) => each === name)).map((name) => `span.${name}`);
  return `${spans} | select(${columns.join(", ")})`;
}

const fieldName = (name: string): string => (name === "event" ? "event.name" : name);

function logsql({ where, show, count, unusual }: Question): string {
  const field = (name: string): string => `"${fieldName(name)}"`;
  const records = where.map(([name, operator, value]) => `${field(name)}:${operator}${text(value)}`).join(" ");
  if (unusual !== undefined) {
    const { attribute, by, times } = unusual;
    return `${records} | stats by (${field(by)}) avg(${field(attribute)}) as usual, max(${field(attribute)}) as longest | math longest / usual as times | filter times:>${times}`;
  }
  if (count?.of === "records")
    return `${records} | stats by (${count.by.map(field).join(", ")}) count() as n | sort by (n desc) | limit 20`;
  if (count !== undefined)
    return `${records} | stats by (${count.by.map(field).join(", ")}) quantile(0.95, ${field(count.attribute ?? "")}) as p95`;
  return `${records} | sort by (_time desc) | fields _time, ${(show ?? []).map(field).join(", ")} | limit 100`;
}

const numeric = new Set(["job.run.attempt", "job.run.number", "job.run.duration", "job.run.wait", "job.gap.count"]);

function clickhouse({ where, show, count, unusual }: Question): string {
  const column = (name: string): string => {
    if (name === "event") return "EventName";
    return numeric.has(name) ? `toFloat64OrZero(LogAttributes['${name}'])` : `LogAttributes['${name}']`;
  };
  const condition = ([name, operator, value]: Condition): string =>
    `${column(name)} ${operator} ${typeof value === "number" ? value : `'${value}'`}`;
  const named = (name: string): string => `${column(name)} AS ${name.replaceAll(".", "_")}`;
  const filter = `WHERE TimestampTime > now() - INTERVAL 1 DAY AND ${where.map(condition).join(" AND ")}`;
  if (unusual !== undefined) {
    const { attribute, by, times } = unusual;
    return `SELECT * FROM (\n  SELECT Timestamp, ${named(by)}, ${named("job.id")}, ${column(attribute)} AS took,\n    avg(took) OVER (PARTITION BY ${column(by)}) AS usual\n  FROM otel_logs ${filter}\n) WHERE took > ${times} * usual ORDER BY Timestamp DESC`;
  }
  if (count !== undefined) {
    const value = count.of === "records" ? "count() AS n" : `quantile(0.95)(${column(count.attribute ?? "")}) AS p95`;
    return `SELECT ${count.by.map(named).join(", ")}, ${value}\nFROM otel_logs\n${filter}\nGROUP BY ${count.by.map((name) => name.replaceAll(".", "_")).join(", ")} ORDER BY ${count.of === "records" ? "n" : "p95"} DESC LIMIT 20`;
  }
  return `SELECT Timestamp, ${(show ?? []).map(named).join(", ")}\nFROM otel_logs\n${filter}\nORDER BY Timestamp DESC LIMIT 100`;
}

function kql({ where, show, count, unusual }: Question): string {
  const column = (name: string): string => {
    const property = `Properties["${fieldName(name)}"]`;
    return numeric.has(name) ? `todouble(${property})` : `tostring(${property})`;
  };
  const named = (name: string): string => `${name.replaceAll(".", "_")} = ${column(name)}`;
  const records = [
    "AppTraces",
    ...where.map(
      ([name, operator, value]) => `where ${column(name)} ${operator === "=" ? "==" : operator} ${text(value)}`,
    ),
  ].join("\n| ");
  if (unusual !== undefined) {
    const { attribute, by, times } = unusual;
    const key = by.replaceAll(".", "_");
    return `let runs = ${records}\n| extend ${named(by)}, took = ${column(attribute)};\nruns | join kind=inner (runs | summarize usual = avg(took) by ${key}) on ${key}\n| where took > ${times} * usual`;
  }
  if (count !== undefined) {
    const value = count.of === "records" ? "n = count()" : `p95 = percentile(${column(count.attribute ?? "")}, 95)`;
    return `${records}\n| summarize ${value} by ${count.by.map(named).join(", ")}\n| top 20 by ${count.of === "records" ? "n" : "p95"} desc`;
  }
  return `${records}\n| project TimeGenerated, ${(show ?? []).map(named).join(", ")}\n| top 100 by TimeGenerated desc`;
}

function esql({ where, show, count, unusual }: Question): string {
  const column = (name: string): string => (name === "event" ? "event_name" : `attributes.${name}`);
  const value = (each: string | number): string => (each === "true" ? "true" : text(each));
  const records = `FROM logs-*.otel-*\n| WHERE ${where.map(([name, operator, each]) => `${column(name)} ${operator === "=" ? "==" : operator} ${value(each)}`).join(" AND ")}`;
  if (unusual !== undefined) {
    const { attribute, by, times } = unusual;
    return `${records}\n| INLINE STATS usual = AVG(${column(attribute)}) BY ${column(by)}\n| WHERE ${column(attribute)} > ${times} * usual\n| SORT @timestamp DESC`;
  }
  if (count !== undefined) {
    const [name, of] =
      count.of === "records" ? ["n", "COUNT(*)"] : ["p95", `PERCENTILE(${column(count.attribute ?? "")}, 95)`];
    return `${records}\n| STATS ${name} = ${of} BY ${count.by.map(column).join(", ")}\n| SORT ${name} DESC\n| LIMIT 20`;
  }
  return `${records}\n| SORT @timestamp DESC\n| KEEP @timestamp, ${(show ?? []).map(column).join(", ")}\n| LIMIT 100`;
}

/** Datadog's search has conditions alone; how they are counted and shown is chosen beside it. */
function datadog({ where, count, unusual }: Question): string {
  const search = where
    .map(([name, operator, value]) => `@${fieldName(name)}:${operator === ">" ? ">" : ""}${value}`)
    .join(" ");
  if (unusual !== undefined)
    return `${search}\n  as a table: max of @${unusual.attribute}, avg of @${unusual.attribute}, by @${unusual.by}; formula: a / b`;
  if (count === undefined) return search;
  const shown = count.of === "records" ? "count" : `p95 of @${count.attribute}`;
  return `${search}\n  as a top list: ${shown}, by ${count.by.map((name) => `@${name}`).join(", ")}`;
}

/** All of them, in the order of the page. */
export const dialects: readonly Dialect[] = [
  { title: "LogQL", store: "Loki", proof: "parsed", fence: "logql", query: logql },
  { title: "TraceQL", store: "Tempo", proof: "parsed", fence: "traceql", query: traceql },
  { title: "LogsQL", store: "VictoriaLogs", proof: "written", fence: "text", query: logsql },
  { title: "SQL", store: "ClickHouse", proof: "written", fence: "sql", query: clickhouse },
  { title: "KQL", store: "Azure Monitor", proof: "written", fence: "kusto", query: kql },
  { title: "ES|QL", store: "Elasticsearch", proof: "written", fence: "text", query: esql },
  { title: "Log search", store: "Datadog", proof: "written", fence: "text", query: datadog },
];
