import { labelName, known, seriesName } from "./metric.ts";
import type { Label, Metric, Naming } from "./metric.ts";

/** A query in PromQL, for each way of naming. */
export type Promql = (naming: Naming) => string;

/** A condition on a label. */
export type Matcher = readonly [label: Label, operator: "=" | "!=" | "=~" | "!~", value: string];

/** The window of a rate that fits the panel's resolution. */
export const rateWindow = "$__rate_interval";

/** A query with others filled in. */
export const promql =
  (texts: TemplateStringsArray, ...parts: readonly (Promql | string | number)[]): Promql =>
  (naming) =>
    texts.reduce((text, next, n) => {
      const part = parts[n - 1] ?? "";
      return `${text}${typeof part === "function" ? part(naming) : part}${next}`;
    });

/** Series of a metric: of a histogram, those of its count. */
export const series = (metric: Metric, where: readonly Matcher[]): Promql =>
  suffixed(metric, where, known[metric].instrument === "histogram" ? "_count" : "");

const suffixed =
  (metric: Metric, where: readonly Matcher[], suffix: string): Promql =>
  (naming) => {
    const name = `${seriesName(metric, naming)}${suffix}`;
    const matchers = where.map(([label, operator, value]) => `${quoted(label)(naming)}${operator}"${value}"`);
    return naming.names === "utf8"
      ? `{${[`"${name}"`, ...matchers].join(", ")}}`
      : `${name}${matchers.length === 0 ? "" : `{${matchers.join(", ")}}`}`;
  };

/** A label's name where PromQL wants one. */
export const quoted =
  (label: Label): Promql =>
  (naming) => {
    const name = labelName(label, naming);
    return name.includes(".") ? `"${name}"` : name;
  };

/** A clause such as `by (a, b)`; nothing where there are no labels, as an aggregation wants it. */
export const by =
  (labels: readonly Label[], word = "by"): Promql =>
  (naming) =>
    labels.length === 0 ? "" : ` ${word} (${labels.map((label) => quoted(label)(naming)).join(", ")}) `;

/** Adds up by labels. */
export const sum = (of: Promql, labels: readonly Label[] = []): Promql => promql`sum${by(labels)}(${of})`;

/** The largest by labels. */
export const max = (of: Promql, labels: readonly Label[] = []): Promql => promql`max${by(labels)}(${of})`;

/** What a counter, or a histogram's count, grows by in a second. */
export const rate = (metric: Metric, where: readonly Matcher[], window: string = rateWindow): Promql =>
  overWindow(metric, where, (selector) => promql`rate(${selector}[${window}])`);

/**
 * What a counter, or a histogram's count, grew by in a window. A series that began in it counts whole: `increase`
 * alone would take the first failure of a job for no failure, because it never saw a zero before it.
 */
export const increased = (metric: Metric, where: readonly Matcher[], window: string): Promql =>
  overWindow(metric, where, (selector) => increasedOf(selector, window));

/** The same of any counter's series. */
export const increasedOf = (selector: Promql, window: string): Promql =>
  promql`((${selector} unless ${selector} offset ${window}) or increase(${selector}[${window}]))`;

const overWindow =
  (metric: Metric, where: readonly Matcher[], over: (selector: Promql) => Promql): Promql =>
  (naming) =>
    isNative(metric, naming)
      ? `histogram_count(${over(suffixed(metric, where, ""))(naming)})`
      : over(series(metric, where))(naming);

const isNative = (metric: Metric, { histograms }: Naming): boolean =>
  histograms === "native" && known[metric].instrument === "histogram";

/** A quantile of a histogram. */
export const quantile =
  (q: number | string, metric: Metric, where: readonly Matcher[], labels: readonly Label[] = []): Promql =>
  (naming) =>
    isNative(metric, naming)
      ? `histogram_quantile(${q}, ${buckets(metric, where, labels)(naming)})`
      : `histogram_quantile(${q}, ${buckets(metric, where, [...labels, "le"])(naming)})`;

/** What a histogram grew by in a second: its buckets, or the native histogram itself. */
export const buckets =
  (metric: Metric, where: readonly Matcher[], labels: readonly Label[]): Promql =>
  (naming) =>
    sum(
      promql`rate(${suffixed(metric, where, isNative(metric, naming) ? "" : "_bucket")}[${rateWindow}])`,
      labels,
    )(naming);

/** The mean of a histogram. */
export const mean =
  (metric: Metric, where: readonly Matcher[], labels: readonly Label[] = []): Promql =>
  (naming) => {
    const native = sum(promql`rate(${suffixed(metric, where, "")}[${rateWindow}])`, labels);
    const total = sum(promql`rate(${suffixed(metric, where, "_sum")}[${rateWindow}])`, labels);
    return isNative(metric, naming)
      ? `histogram_avg(${native(naming)})`
      : promql`${total} / (${sum(rate(metric, where), labels)} > 0)`(naming);
  };

/** The share of a histogram's values up to a boundary, which must be one of its buckets. */
export const shareWithin =
  (
    boundary: string,
    metric: Metric,
    where: readonly Matcher[],
    labels: readonly Label[],
    window: string = rateWindow,
  ): Promql =>
  (naming) => {
    if (isNative(metric, naming))
      return promql`histogram_fraction(0, ${boundary}, ${sum(promql`rate(${suffixed(metric, where, "")}[${window}])`, labels)})`(
        naming,
      );
    // Prometheus 3 writes a boundary of 60 as 60.0.
    const below = suffixed(metric, [...where, ["le", "=~", `${boundary}(\\\\.0)?`]], "_bucket");
    return promql`${sum(promql`rate(${below}[${window}])`, labels)} / (${sum(rate(metric, where, window), labels)} > 0)`(
      naming,
    );
  };

/** A share in which nothing of the part is 0, and nothing of the whole is no share. */
export const share = (part: Promql, whole: Promql): Promql => promql`((${part}) or 0 * (${whole})) / ((${whole}) > 0)`;

/** The smallest by labels. */
export const min = (of: Promql, labels: readonly Label[] = []): Promql => promql`min${by(labels)}(${of})`;

/** How fast a gauge rises in a second. */
export const deriv = (metric: Metric, where: readonly Matcher[], window: string): Promql =>
  promql`deriv(${series(metric, where)}[${window}])`;

/** A quantile of what a histogram was given within a window, from the first value on. */
export const quantileOver =
  (q: number, metric: Metric, where: readonly Matcher[], labels: readonly Label[], window: string): Promql =>
  (naming) => {
    const native = isNative(metric, naming);
    const grown = increasedOf(suffixed(metric, where, native ? "" : "_bucket"), window);
    return promql`histogram_quantile(${q}, ${sum(grown, native ? labels : [...labels, "le"])})`(naming);
  };
