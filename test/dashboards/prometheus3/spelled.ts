import { known, labelName, seriesName } from "@jobtrail/dashboards";
import type { Label, Metric, Naming } from "@jobtrail/dashboards";
import type { Case } from "../promtool.ts";

type Labels = Readonly<Record<string, string>>;
/** A value a minute; `_` where there is none. */
type Value = number | "_" | "stale";

/** A case of underscored names and classic histograms, with the names and the histograms of another way of naming. */
export function spelled(each: Case, naming: Naming): Case {
  const rename = (labels: Labels): Labels =>
    Object.fromEntries(Object.entries(labels).map(([label, value]) => [labelNames(naming).get(label) ?? label, value]));
  const { annotated } = each;
  return {
    ...each,
    name: `${each.name} (${naming.names}, ${naming.histograms})`,
    series: naming.histograms === "native" ? native(each.series, naming) : renamed(each.series, naming),
    firing: each.firing.map(({ at, alerts }) => ({ at, alerts: alerts.map(rename) })),
    ...(annotated !== undefined && { annotated: { ...annotated, labels: rename(annotated.labels) } }),
  };
}

/** Each label that has dots in OpenTelemetry, from its underscored name. */
const labelNames = (naming: Naming): ReadonlyMap<string, string> =>
  new Map(
    Object.values(known)
      .flatMap(({ attributes }) => attributes)
      .map((attribute) => [labelName(attribute as Label), labelName(attribute as Label, naming)]),
  );

/** Each metric, from its underscored name without a suffix. */
const metrics: ReadonlyMap<string, Metric> = new Map(
  (Object.keys(known) as Metric[]).map((metric) => [seriesName(metric), metric]),
);

/** What a key of a series is made of. */
interface Series {
  readonly name: string;
  /** `_count`, `_sum` or `_bucket` of a histogram. */
  readonly suffix: string;
  readonly labels: Labels;
}

function read(key: string): Series {
  const [, whole = "", inner = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? [];
  const labels = Object.fromEntries(
    [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", value = ""]) => [label, value]),
  );
  const [, name = whole, suffix = ""] = metrics.has(whole) ? [] : (/^(.*)(_count|_sum|_bucket)$/.exec(whole) ?? []);
  return { name, suffix, labels };
}

function write({ name, suffix, labels }: Series, naming: Naming): string {
  const metric = metrics.get(name);
  const spelledName = `${metric === undefined ? name : seriesName(metric, naming)}${suffix}`;
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${JSON.stringify(labelNames(naming).get(label) ?? label)}="${value}"`,
  );
  return `{${[JSON.stringify(spelledName), ...pairs].join(", ")}}`;
}

const renamed = (series: Labels, naming: Naming): Labels =>
  Object.fromEntries(Object.entries(series).map(([key, values]) => [write(read(key), naming), values]));

/** Counts as exponential histograms, and buckets as histograms with the same boundaries. */
function native(series: Labels, naming: Naming): Labels {
  const all: Record<string, string> = {};
  const buckets = new Map<string, Map<string, Value[]>>();
  for (const [key, values] of Object.entries(series)) {
    const { name, suffix, labels } = read(key);
    const { le = "", ...others } = labels;
    const written = write({ name, suffix: "", labels: others }, naming);
    if (suffix === "_bucket") buckets.set(written, (buckets.get(written) ?? new Map()).set(le, expanded(values)));
    else if (suffix === "_count")
      all[written] = expanded(values)
        .map((value) => exponential(value))
        .join(" ");
    else all[written] = values;
  }
  for (const [key, byBoundary] of buckets) all[key] = custom(byBoundary);
  return all;
}

const exponential = (value: Value): string =>
  typeof value === "number" ? `{{schema:0 count:${value} sum:${value} buckets:[${value}]}}` : value;

/** One histogram a minute, of cumulative buckets; boundaries in the order of the map, +Inf last. */
function custom(byBoundary: ReadonlyMap<string, readonly Value[]>): string {
  const boundaries = [...byBoundary.keys()].filter((le) => le !== "+Inf");
  const columns = [...byBoundary.values()];
  return (columns.at(-1) ?? [])
    .map((total, minute) => {
      if (typeof total !== "number") return total;
      const upTo = columns.map((column) => Number(column[minute]));
      const each = upTo.map((value, n) => value - (upTo[n - 1] ?? 0));
      return `{{schema:-53 count:${total} sum:${total} custom_values:[${boundaries.join(" ")}] buckets:[${each.join(" ")}]}}`;
    })
    .join(" ");
}

/** promtool's short form of values, written out: `1x2` is 1 1 1, `0+2x2` is 0 2 4, `_x2` is _ _. */
const expanded = (values: string): Value[] =>
  values.split(" ").flatMap((token): Value[] => {
    if (token === "stale") return ["stale"];
    const [, first = "", step = "0", times = "0"] = /^(_|[\d.]+)(?:\+([\d.]+))?(?:x(\d+))?$/.exec(token) ?? [];
    if (first === "_") return Array.from({ length: Math.max(1, Number(times)) }, () => "_");
    return Array.from({ length: Number(times) + 1 }, (_, n) => Number(first) + n * Number(step));
  });
