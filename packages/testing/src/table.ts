import type { Fault } from "./fault.ts";

/** What each case asks of a job system. */
export const sentences = {
  order: "the events of a job are what happened to it, in that order",
  identity: "a job has one uid for all who see it, and each of its runs one of its own",
  context: "a run is a root of its own, linked to the span that queued its job in another process",
  retries: "a retry is a new run and the next attempt, linked to the run before, and told with its time",
  failure: "a failure is said once, with its type and its message",
  subscriber: "a subscriber that throws never reaches the job",
  undo: "undo puts the library's own functions back",
  twice: "what is watched twice reports once",
  "no-sdk": "without an SDK nothing breaks and nothing is emitted",
  absent: "without the library the instrumentation loads and does nothing",
  names: "every name that is emitted stands in the registry, or begins with the system's",
  sees: "the events that are emitted are those that the system says it sees",
  killed: "a run whose process is killed is told as lost once another process runs the job again",
  host: "the host has the same results, order and errors with us and without",
  propagation: "with JOBTRAIL_PROPAGATION=off the store holds what it holds without us",
} as const;

/** A case of the suite; how it is checked stands in `cases.ts`. */
export type Case = keyof typeof sentences;

/** Whether a case must run for a system, or why it cannot. */
export type Entry = "must" | { readonly cannot: string };

/** What holds for one system. */
export type Row = Readonly<Record<Case, Entry>>;

const everything: Row = {
  order: "must",
  identity: "must",
  context: "must",
  retries: "must",
  failure: "must",
  subscriber: "must",
  undo: "must",
  twice: "must",
  "no-sdk": "must",
  absent: "must",
  names: "must",
  sees: "must",
  killed: "must",
  host: "must",
  propagation: "must",
};

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** Which case must run for which system. A case that stops running fails, and one that passes though it cannot. */
export const table: Readonly<Record<string, Row>> = {
  bullmq: everything,
  pgboss: everything,
  croner: {
    ...everything,
    context: { cannot: inProcess },
    retries: { cannot: "it does not try again" },
    killed: { cannot: inProcess },
    propagation: { cannot: inProcess },
  },
};

/** Whether a case notices a fault, or why it cannot. */
export type Notice = "notices" | { readonly cannot: string };

const noTelemetry = { cannot: "it looks at the host, not at what is emitted" };
const notOfTheWork = { cannot: "what the work throws does not touch what is looked at" };

/**
 * Which fault each case notices, by itself: it is run with the fault planted and must then fail. For
 * each of the three faults that every instrumentation could have there is an answer.
 */
export const noticed: Readonly<
  Record<
    Case,
    Readonly<Record<"end-swallowed" | "start-doubled" | "hook-throws", Notice>> &
      Readonly<Partial<Record<Fault, Notice>>>
  >
> = {
  order: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": "notices" },
  identity: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": notOfTheWork },
  context: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": notOfTheWork },
  retries: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": "notices" },
  failure: {
    "end-swallowed": "notices",
    "start-doubled": { cannot: "a failure is said at the end, which stays one" },
    "hook-throws": "notices",
  },
  subscriber: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": "notices" },
  undo: {
    "end-swallowed": { cannot: "it looks at the library's functions, not at what is emitted" },
    "start-doubled": { cannot: "it looks at the library's functions, not at what is emitted" },
    "hook-throws": { cannot: "a wrapper that throws can be undone like any other" },
    "undo-forgotten": "notices",
  },
  twice: { "end-swallowed": "notices", "start-doubled": "notices", "hook-throws": "notices" },
  "no-sdk": {
    "end-swallowed": { cannot: "nothing is emitted, so nothing can be missing" },
    "start-doubled": { cannot: "nothing is emitted, so nothing can be doubled" },
    "hook-throws": "notices",
  },
  absent: {
    "end-swallowed": { cannot: "without the library no run ends" },
    "start-doubled": { cannot: "without the library no run starts" },
    "hook-throws": { cannot: "without the library nothing is wrapped" },
    "library-wanted": "notices",
  },
  names: {
    "end-swallowed": { cannot: "the names of what is left are still right" },
    "start-doubled": { cannot: "a record said twice has the same names" },
    "hook-throws": { cannot: "an error that is planted has the same names as another" },
    "name-invented": "notices",
  },
  sees: {
    "end-swallowed": "notices",
    "start-doubled": { cannot: "it asks which events there are, not how many" },
    "hook-throws": { cannot: "it asks which events there are, not what they say" },
  },
  killed: {
    "end-swallowed": "notices",
    "start-doubled": "notices",
    "hook-throws": { cannot: "the work ends at once, so that no process is left to kill" },
  },
  host: { "end-swallowed": noTelemetry, "start-doubled": noTelemetry, "hook-throws": "notices" },
  propagation: {
    "end-swallowed": noTelemetry,
    "start-doubled": noTelemetry,
    "hook-throws": { cannot: "nothing is worked" },
    "carrier-leaked": "notices",
  },
};
