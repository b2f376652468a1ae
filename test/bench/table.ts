import { lines } from "./lines.ts";
import { variants, warmUp } from "./recorder.ts";
import type { Sample, Samples, VariantName } from "./recorder.ts";

const titles: Readonly<Record<VariantName, string>> = {
  bare: "bare",
  "bullmq-otel": "bullmq-otel 2.0.1",
  plain: "by hand, few attributes",
  hand: "by hand, equal attributes",
  jobtrail: "Jobtrail, the flag alone",
  hosted: "Jobtrail, the app's own SDK",
};

/** The samples as a table for people: medians, and from the lowest to the highest. */
export function table(samples: Samples, jobs: number): string {
  const bare = median(samples.bare, ({ perJob }) => perJob);
  const cheapest = (name: VariantName): number => Math.min(...samples[name].map((sample) => sample.perJob));
  const added = (name: VariantName): number => median(samples[name], ({ perJob }) => perJob) - bare;
  const share = (name: VariantName, of: VariantName): string => (added(name) / added(of)).toFixed(2);
  const empty = median(samples.bare, ({ start }) => start);
  const rows = variants.map((name) => {
    const own = samples[name];
    const perJob = median(own, (sample) => sample.perJob);
    const costs = own.map((sample) => Math.round(sample.perJob));
    const each = (of: (sample: Sample) => number): string => (median(own, of) / (jobs + warmUp)).toFixed(2);
    return [
      titles[name],
      perJob.toFixed(0),
      `${Math.min(...costs)}–${Math.max(...costs)}`,
      ...(name === "bare"
        ? ["", "", "", "", ""]
        : [
            `+${added(name).toFixed(0)}`,
            `+${(cheapest(name) - cheapest("bare")).toFixed(0)}`,
            share(name, "bullmq-otel"),
            share(name, "plain"),
            share(name, "hand"),
          ]),
      each(({ arrived }) => arrived.spans),
      each(({ arrived }) => arrived.records),
      each(({ arrived }) => arrived.bytes / 1024),
      name === "bare" ? empty.toFixed(0) : `+${(median(own, ({ start }) => start) - empty).toFixed(0)}`,
    ];
  });
  return lines([head, ...rows]);
}

const head = [
  "",
  "µs per job",
  "range",
  "over bare",
  "by minimum",
  "of bullmq-otel",
  "of few",
  "of equal",
  "spans",
  "records",
  "KB",
  "start-up ms",
];

/** The middle of some samples. */
export function median<T>(samples: readonly T[], of: (sample: T) => number): number {
  const sorted = samples.map(of).sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
