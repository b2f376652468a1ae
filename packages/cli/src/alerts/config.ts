import { readFileSync } from "node:fs";
import { alerts, defaultConfig, secondsOf } from "@jobtrail/dashboards";
import type { AlertConfig } from "@jobtrail/dashboards";
import { nearest } from "@jobtrail/conventions";
import { parse } from "yaml";
import { z } from "zod";
import { failure, reasonOf } from "../errors.ts";

/** Reads a configuration; missing fields have their defaults. @throws CatalogueError with every field that is wrong. */
export function readConfig(file: string): AlertConfig {
  const found = schema.safeParse(document(file), { reportInput: true });
  if (!found.success)
    throw failure("JOBTRAIL_ALERTS_CONFIG_INVALID", { name: file, problems: problemsOf(found.error.issues) });
  const { ignore, defaults, collector, ...rest } = found.data as Given;
  return {
    ...defaultConfig,
    ...rest,
    ignore: { ...defaultConfig.ignore, ...ignore },
    defaults: { ...defaultConfig.defaults, ...defaults },
    collector: { ...defaultConfig.collector, ...collector },
  };
}

/** YAML has no undefined: every field that is present has a value. */
type Given = Partial<Omit<AlertConfig, "ignore" | "defaults" | "collector">> & {
  readonly ignore?: Partial<AlertConfig["ignore"]>;
  readonly defaults?: Partial<AlertConfig["defaults"]>;
  readonly collector?: Partial<AlertConfig["collector"]>;
};

function document(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8")) ?? {};
  } catch (cause) {
    // Of an error in YAML the first line names the place; the next ones draw it.
    const [reason = ""] = reasonOf(cause).split("\n");
    throw failure("JOBTRAIL_INPUT_UNREADABLE", { name: file, reason: reason.replace(/:$/, "") }, { cause });
  }
}

const url = z.string().regex(/^https?:\/\/./, "an address that begins with http:// or https://");
const duration = z.string().refine((text) => secondsOf(text) !== undefined, "a time such as 90s, 15m, 1h30m or 8d");
const ratio = z.number("a number above 0 and below 1, such as 0.05").gt(0).lt(1);
const count = z.number("a whole number from 1").int().min(1);
const names = z.array(z.string("a name"), "a list of names");

const thresholds = {
  failureRatio: ratio,
  failureMinimum: count,
  stuckAfter: duration,
  queueAge: duration,
  backlogMinimum: count,
  backlogFor: duration,
  noWorkerFor: duration,
  notMovingFor: duration,
};
const scheduleThresholds = { missedAfter: duration, lateAfter: duration };

const collectorThresholds = {
  queueShare: ratio,
  queueFor: duration,
  refusingFor: duration,
  restarts: count,
  kafkaLag: count,
  kafkaLagFor: duration,
};

const alertName = z.enum(alerts.map(({ name }) => name));

const schema = z
  .strictObject({
    grafana: url,
    jobLog: url,
    runbooks: url,
    labels: z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string("a text")),
    disabled: z.array(alertName),
    ignore: z.strictObject({ queues: names, jobs: names, schedules: names }).partial(),
    services: names,
    absentAfter: duration,
    memory: duration,
    recent: duration,
    collector: z.strictObject(collectorThresholds).partial(),
    defaults: z.strictObject({ ...thresholds, ...scheduleThresholds }).partial(),
    queues: z.record(z.string(), z.strictObject(thresholds).partial()),
    schedules: z.record(z.string(), z.strictObject({ ...scheduleThresholds, every: duration }).partial()),
  })
  .partial();

type Issue = z.core.$ZodIssue;

const problemsOf = (issues: readonly Issue[]): string =>
  issues
    .flatMap(sentences)
    .map((each) => `  ${each}`)
    .join("\n");

/** The errors, in sentences that name the field, what was expected and what was found. */
function sentences(issue: Issue): string[] {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const place = [...issue.path, key].join(".");
      return `${place} is not known; do you mean ${nearest(key, knownAt(issue.path))}?`;
    });
  return [`${path === "" ? "the whole" : path} is ${shown(issue.input)}; expected ${expectedOf(issue)}.`];
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

function expectedOf(issue: Issue): string {
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small")
    return issue.inclusive === true ? `at least ${issue.minimum}` : `more than ${issue.minimum}`;
  if (issue.code === "too_big") return `less than ${issue.maximum}`;
  if (issue.code === "invalid_type")
    return issue.message.startsWith("Invalid") ? wordOf(issue.expected) : issue.message;
  return issue.message.startsWith("Invalid") ? "a name of letters, digits and _" : issue.message;
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  object: "a map of names and values",
  record: "a map of names and values",
  array: "a list",
  int: "a whole number",
};

const wordOf = (type: string): string => words[type] ?? type;

/** The keys that are known at a path. */
function knownAt([first]: readonly PropertyKey[]): string[] {
  if (first === "defaults") return [...Object.keys(thresholds), ...Object.keys(scheduleThresholds)];
  if (first === "collector") return Object.keys(collectorThresholds);
  if (first === "queues") return Object.keys(thresholds);
  if (first === "schedules") return [...Object.keys(scheduleThresholds), "every"];
  return first === "ignore" ? Object.keys(defaultConfig.ignore) : Object.keys(defaultConfig);
}
