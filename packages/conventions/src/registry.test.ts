import { expect, it } from "vitest";
import { attributes, buckets, derivedMetrics, events, metrics, spans } from "./registry.ts";

const names = Object.keys(attributes);
const allMetrics = [...Object.entries(metrics), ...Object.entries(derivedMetrics)];
const all = [...names, ...Object.keys(events), ...allMetrics.map(([name]) => name)];
const onMetrics = new Set(allMetrics.flatMap(([, row]) => row.attributes));

it("has no attribute whose name is also the beginning of another's", () => {
  const clashes = names.filter((name) => names.some((other) => other.startsWith(`${name}.`)));
  expect(clashes).toEqual([]);
});

it("has no attribute that Prometheus would take for its own label", () => {
  expect(names.filter((name) => name === "job" || name === "instance")).toEqual([]);
});

it("writes names in lower case, in parts of letters, digits and low lines", () => {
  const name = /^[a-z][a-z0-9]*([._][a-z0-9]+)*(\.<key>)?$/;
  expect(all.filter((each) => !name.test(each))).toEqual([]);
});

it("has no two attributes that a label would write alike", () => {
  const labels = names.map((name) => name.replaceAll(".", "_"));
  expect(new Set(labels).size).toBe(labels.length);
});

it("puts only registered attributes on metrics, and those that say they stand there", () => {
  const meant = names.filter((name) => attributes[name]?.on.includes("M"));
  expect([...onMetrics].sort()).toEqual(meant.sort());
});

it("puts no id, no person, no worker and no text of an error on metrics", () => {
  const wrong = [...onMetrics].filter(
    (name) =>
      attributes[name]?.sensitivity !== "public" ||
      /\.(uid|id)$|worker|actor|message|stacktrace/.test(name.replace("job.schedule.id", "")),
  );
  expect(wrong).toEqual([]);
});

it("has no metric twice", () => {
  expect(new Set(allMetrics.map(([name]) => name)).size).toBe(allMetrics.length);
});

it("measures seconds, bytes and counts in units of UCUM", () => {
  const units = new Set([...Object.values(metrics), ...Object.values(attributes)].flatMap(({ unit }) => unit ?? []));
  expect([...units].filter((unit) => !/^(s|By|\{[a-z]+\})$/.test(unit))).toEqual([]);
});

it("has buckets that grow and reach a day", () => {
  expect([...buckets].sort((a, b) => a - b)).toEqual(buckets);
  expect(buckets.at(-1)).toBe(86_400);
});

it("says of every row what it is, in a sentence", () => {
  const briefs = [attributes, events, metrics, derivedMetrics, spans].flatMap((table) =>
    Object.values(table).map(({ brief }) => brief),
  );
  expect(briefs.filter((brief) => !/^[A-Z].*\.$/.test(brief))).toEqual([]);
});

it("keeps the step of a run's events in the order of its life", () => {
  const steps = [
    "job.queued",
    "job.restarted",
    "job.run.started",
    "job.run.progress",
    "job.run.ended",
    "job.retry_scheduled",
    "job.ended",
    "job.removed",
  ] as const;
  expect(steps.map((name) => events[name].step)).toEqual(steps.map((name) => events[name].step).sort((a, b) => a - b));
});
