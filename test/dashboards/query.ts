import { parser as logqlParser } from "@grafana/lezer-logql";
import { parser as traceqlParser } from "@grafana/lezer-traceql";
import type { Tree } from "@lezer/common";
import type { Query } from "@jobtrail/dashboards";
import { parser as promqlParser } from "@prometheus-io/lezer-promql";

/** What stands for each variable where a query is parsed or asked. */
export type Values = Readonly<Record<string, string>>;

/** Values that choose everything. */
export const everything: Values = {
  __rate_interval: "5m",
  __range: "1h",
  __auto: "5m",
  objective: "0.99",
  budget: "30d",
  target: "60",
  service: ".+",
  uid: "0123456789abcdef0123456789abcdef",
  search: "",
};

/** A query with its variables filled in, as Grafana does; others are `.*`. */
export const filledIn = (text: string, values: Values = {}): string =>
  text.replaceAll(/\$\{?(\w+)\}?/g, (_all, name: string) => values[name] ?? everything[name] ?? ".*");

const parsers: Readonly<Record<Query["language"], { parse(text: string): Tree }>> = {
  promql: promqlParser,
  logql: logqlParser,
  traceql: traceqlParser,
};

/** The pieces of a query that its language does not know; none where it parses. */
export function errorsIn(language: Query["language"], text: string): string[] {
  const errors: string[] = [];
  parsers[language].parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) errors.push(text.slice(Math.max(0, node.from - 20), node.to + 20));
    },
  });
  return errors;
}

/** What a PromQL query names. */
export interface Named {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

const labelNodes = new Set(["LabelName", "QuotedLabelName"]);

/** The metrics and labels that a PromQL query names. */
export function namedIn(text: string): Named {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  promqlParser.parse(text).iterate({
    enter: (node) => {
      const found = text.slice(node.from, node.to);
      if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") metrics.add(found);
      // In braces a quoted name without an operator is the metric's.
      else if (node.name === "QuotedLabelName" && node.node.parent?.name === "LabelMatchers")
        metrics.add(unquoted(found));
      else if (labelNodes.has(node.name) && found !== "__name__") labels.add(unquoted(found));
    },
  });
  for (const [, name = ""] of text.matchAll(/__name__=~"(\w+)\(_total\)\?"/g)) metrics.add(name);
  return { metrics: [...metrics], labels: [...labels] };
}

/** Counters whose raw value a PromQL query uses; it only grows, and falls at a restart. */
export function bareCounters(text: string, isCounter: (name: string) => boolean): string[] {
  const bare: string[] = [];
  promqlParser.parse(text).iterate({
    enter: ({ name, from, to, node }) => {
      if (name !== "VectorSelector") return;
      const selector = text.slice(from, to);
      const [metric = ""] = namedIn(selector).metrics;
      if (isCounter(metric) && node.parent?.name !== "MatrixSelector" && !isGrowth(text, selector)) bare.push(selector);
    },
  });
  return bare;
}

/** Whether a selector stands in `x unless x offset w`, which takes the series that began in a window whole. */
const isGrowth = (text: string, selector: string): boolean => text.includes(`(${selector} unless ${selector} offset `);

const unquoted = (text: string): string => text.replaceAll('"', "");
