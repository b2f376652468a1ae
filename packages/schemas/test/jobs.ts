import { attributes as registry } from "@jobtrail/conventions";
import type { AttributeRow, EventName, JobAttributes, RunResult } from "@jobtrail/conventions";
import { fromMillis, isoOfMillis, jobUid, runUid, toIso } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import * as fc from "fast-check";
import { schemas } from "../src/index.ts";

/** What is known of a job and its last run, by the registry's names; the schemas are measured by it. */
export type Facts = Readonly<Record<string, unknown>>;

/** The rows that tell of a job or a run in a log record. */
export const rows: readonly (readonly [string, AttributeRow])[] = Object.entries(registry).filter(
  ([key, { scope, on }]) =>
    on.includes("L") && (scope === "definition" || scope === "job" || scope === "run" || key === "job.state"),
);

/** What a job's events tell of it and one of its runs: the last, unless another is named. */
export function factsOf({ attributes, runs, state, queued, ...job }: Job, uid?: unknown): Facts {
  const run = runs.find((each) => each.uid === uid) ?? runs.at(-1);
  const { result, error } = run?.ended === undefined ? job : run;
  const facts: Record<string, unknown> = {
    ...attributes,
    ...run?.attributes,
    "job.created_at": queued && toIso(queued),
    "job.run.started_at": run?.start && toIso(run.start),
    "job.run.ended_at": run?.end && toIso(run.end),
    "job.run.duration": run?.duration,
    "job.run.result": result,
    "job.state": state,
    "error.type": error?.type,
    "exception.message": error?.message,
    "exception.stacktrace": error?.stack,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** The one job that events tell of. */
export function jobIn(events: Iterable<JobEvent>): Job {
  const [job, ...others] = fold(events);
  if (job === undefined || others.length > 0) throw new Error(`The events tell of ${others.length + 1} jobs.`);
  return job;
}

const fields = Object.values(schemas).flatMap(({ forms }) => forms.flatMap((form) => form.fields));

/** Counters that schemas have fields for, those that one tells in a sentence, and one that none has. */
export const counters: readonly string[] = [
  ...new Set([
    ...fields.map(({ attribute }) => attribute).filter((attribute) => attribute.startsWith("job.counter.")),
    "job.counter.records_loaded",
    "job.counter.records_total",
    "job.counter.emails",
  ]),
];

/** What has a form of its own. */
const forms: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "job.scope.type": fc.constantFrom("space", "account", "project"),
  "job.schedule.expression": fc.constantFrom("0 5 * * 1", "*/15 * * * *", "30 0 5 * * *"),
  "job.schedule.timezone": fc.constantFrom("UTC", "Europe/Berlin"),
};

// Names whose values follow from what happens to the job.
const following: ReadonlySet<string> = new Set([
  "job.system.name",
  "job.id",
  "job.uid",
  "job.created_at",
  "job.state",
  "job.run.uid",
  "job.run.number",
  "job.run.attempt",
  "job.run.wait",
  "job.run.started_at",
  "job.run.ended_at",
  "job.run.result",
  "job.run.final",
  "job.run.duration",
  "job.run.warnings",
  "job.schedule.nominal_time",
  "job.schedule.lateness",
  "job.counter.<key>",
  "error.type",
  "exception.message",
  "exception.stacktrace",
]);

const words = fc.constantFrom("one", "zwei", "trois 🙂", "four/4", '"five"', "six, and six", "a".repeat(120));

function valueOf(key: string, { type, values }: AttributeRow): fc.Arbitrary<unknown> {
  const own = forms[key];
  if (own !== undefined) return own;
  if (values !== undefined) return fc.constantFrom(...values);
  if (type === "int") return fc.integer({ min: 1, max: 1_000_000 });
  if (type === "double") return fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 8);
  if (type === "boolean") return fc.boolean();
  if (type === "iso") return moments.map(isoOfMillis);
  const text = words.map((word) => `${key} ${word}`);
  return type === "string" ? text : fc.array(text, { minLength: 1, maxLength: 3 });
}

const moments = fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 });

/** Attributes of some scopes, each there or not. */
const attributesOf = (scopes: readonly string[]): fc.Arbitrary<JobAttributes> =>
  fc
    .tuple(
      ...rows
        .filter(([key, { scope }]) => scopes.includes(scope) && !following.has(key))
        .map(([key, row]) => fc.option(valueOf(key, row)).map((value) => [key, value] as const)),
    )
    .map((all) => Object.fromEntries(all.filter(([, value]) => value !== null)) as JobAttributes);

const counted: fc.Arbitrary<JobAttributes> = fc
  .tuple(...counters.map((key) => fc.option(fc.nat()).map((count) => [key, count] as const)))
  .map((all) => Object.fromEntries(all.filter(([, count]) => count !== null)) as JobAttributes);

interface Plan {
  readonly system: string;
  readonly id: string;
  readonly queuedAt: number;
  readonly ofJob: JobAttributes;
  readonly isSilent: boolean;
  readonly runs: readonly RunPlan[];
  readonly end: End;
}

/** How a job's story ends; one that is given up is cancelled while it waits for its next try. */
type End = "open" | "ended" | "cancelled" | "removed" | "given up";

/** What becomes of a job after a run that is not its last. */
type Way = "retried" | "scheduled" | "put back" | "restarted";

interface RunPlan {
  readonly wait: number;
  readonly duration: number;
  readonly result: Exclude<RunResult, "deferred">;
  readonly ofRun: JobAttributes;
  readonly counters: JobAttributes;
  readonly warnings: readonly string[];
  readonly error: JobError;
  readonly isScheduled: boolean;
  readonly way: Way;
}

const plansOf = (way: fc.Arbitrary<Way>, end: fc.Arbitrary<End>): fc.Arbitrary<Plan> =>
  fc.record({
    system: fc.constantFrom("bullmq", "pg-boss", "croner"),
    id: fc.oneof(
      fc.uuid(),
      fc.nat().map(String),
      fc.constantFrom("repeat:1a2b:1700000000000", "with space", "漢", "0a1b2c3d4e5f60718293a4b5"),
    ),
    queuedAt: moments,
    ofJob: attributesOf(["definition", "job"]),
    isSilent: fc.boolean(),
    runs: fc.array(
      fc.record({
        wait: fc.nat(100_000),
        duration: fc.nat(10_000_000),
        result: fc.constantFrom("success", "failure", "error", "timeout", "cancellation", "skip"),
        ofRun: attributesOf(["run"]),
        counters: counted,
        warnings: fc.array(words, { maxLength: 2 }),
        error: fc.record(
          { type: fc.constantFrom("RangeError", "E42"), message: words, stack: words },
          { requiredKeys: ["type"] },
        ),
        isScheduled: fc.boolean(),
        way,
      }),
      { maxLength: 3 },
    ),
    end,
  });

const ends: readonly End[] = ["open", "ended", "ended", "ended", "cancelled", "removed"];

/** The events of one job of some other system, as its hooks tell them: waiting, at work, retried, over. */
export const jobs: fc.Arbitrary<readonly JobEvent[]> = plansOf(
  fc.constant<Way>("retried"),
  fc.constantFrom(...ends),
).map(eventsOf);

/** The same of jobs that also put themselves back, are started again after their end, or are given up between two tries. */
export const lives: fc.Arbitrary<readonly JobEvent[]> = plansOf(
  fc.constantFrom<Way>("retried", "scheduled", "put back", "restarted"),
  fc.constantFrom<End>(...ends, "given up"),
).map(eventsOf);

function eventsOf(plan: Plan): JobEvent[] {
  const { queuedAt, isSilent, runs, end } = plan;
  const events: JobEvent[] = [];
  const tell = tellInto(events, plan);
  if (!isSilent || runs.length === 0) tell("job.queued", queuedAt);
  let turn: Turn = { at: queuedAt, number: 1, attempt: 1 };
  for (const [i] of runs.entries()) turn = readRun(plan, i, turn, tell);
  if (end === "given up" || (end === "cancelled" && runs.length === 0))
    tell("job.ended", turn.at + 1, { "job.run.result": "cancellation", "job.state": "cancelled" });
  if (end === "removed") tell("job.removed", turn.at + 1);
  return events;
}

type Tell = (name: EventName, ms: number, attributes?: JobAttributes, error?: JobError) => void;

function tellInto(events: JobEvent[], { system, id, ofJob }: Plan): Tell {
  const uid = jobUid({ system, id });
  const constants: JobAttributes = { "job.system.name": system, "job.id": id, "job.uid": uid, ...ofJob };
  return (name, ms, attributes = {}, error) => {
    const record: JobAttributes = { "job.record.source": "hook", "log.record.uid": `${uid}-${events.length}` };
    events.push({
      name,
      time: fromMillis(ms),
      seen: fromMillis(ms),
      attributes: { ...constants, ...attributes, ...record },
      ...(error !== undefined && { error }),
    });
  };
}

/** When a run may start, and what it is counted as. */
interface Turn {
  readonly at: number;
  readonly number: number;
  readonly attempt: number;
}

/** Tells of a run; gives the turn of the next. */
function readRun({ system, id, isSilent, runs, end }: Plan, i: number, turn: Turn, tell: Tell): Turn {
  const run = runs[i] as RunPlan;
  const start = turn.at + run.wait;
  const named = {
    "job.run.uid": runUid(jobUid({ system, id }), `${start}.${i}`),
    "job.run.number": turn.number,
    "job.run.attempt": turn.attempt,
  };
  const scheduled: JobAttributes = run.isScheduled
    ? { "job.schedule.nominal_time": isoOfMillis(turn.at), "job.schedule.lateness": run.wait / 1000 }
    : {};
  const waited = !isSilent && i === 0 && { "job.run.wait": run.wait / 1000 };
  tell("job.run.started", start, { ...named, ...run.ofRun, ...scheduled, ...waited });
  const isLast = i === runs.length - 1;
  if (isLast && end === "open") return turn;
  const at = start + run.duration;
  const way = isLast ? undefined : run.way;
  const isFinal = isLast ? end !== "given up" : way === "restarted";
  const result = way === "put back" ? "deferred" : isLast && isFinal ? run.result : "failure";
  tell("job.run.ended", at, { ...named, ...endOf(run, result), "job.run.final": isFinal }, errorOf(run, result));
  if (way === "scheduled") tell("job.retry_scheduled", at, named);
  if (way === "restarted") tell("job.restarted", at);
  if (way === "restarted") return { at, number: 1, attempt: 1 };
  return { at, number: turn.number + 1, attempt: turn.attempt + (way === "put back" ? 0 : 1) };
}

const endOf = ({ counters: counts, warnings, duration }: RunPlan, result: RunResult): JobAttributes => ({
  "job.run.result": result,
  "job.run.duration": duration / 1000,
  ...counts,
  ...(result === "success" && warnings.length > 0 && { "job.run.warnings": warnings }),
});

const errorOf = ({ error }: RunPlan, result: RunResult): JobError | undefined =>
  result === "failure" || result === "error" || result === "timeout" ? error : undefined;
