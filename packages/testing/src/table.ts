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

/** What makes a case hold: what to write, in the words of `@jobtrail/instrumentation/adapter`. */
export const steps: Readonly<Record<keyof typeof sentences, string>> = {
  order:
    'tap the function that stores a job with `jobs.queue`, and the one that calls the handler with `jobs.run`; where the outcome is known only later, say `outcome: "later"` and give it to `jobs.end` with the same key',
  identity:
    "let the reader give `id`; where the system uses ids again, set `reusesIds` and give `created`; where a run cannot be told by its number, give `runMark`",
  context:
    "store the carrier where the system has a place for it (`write` of `jobs.queue`), and let the reader give it back as `carried`; where there is no such place, say so in `cannot` and in `carrier`",
  retries:
    "end a run that will be tried again with `final: false` and `retry: { attempt, at }`, and let the reader give `runNumber` and `attempt`",
  failure: "give what the work threw to `jobs.end` as `thrown`",
  subscriber: "nothing: it holds once `order` does, as long as everything goes by `tap` and `jobs`",
  undo: "change functions by `tap`, `jobs.surround` and `jobs.lend` alone",
  twice: "nothing: it holds once `order` does",
  "no-sdk": "nothing: it holds once something is tapped and the host is as it was",
  absent: "import the library as a type only",
  names: "nothing: it holds once `order` does; an attribute of the system's own begins with its name",
  sees: "list in `sees` the events that the programs make, and write in `rest` what makes the others that hooks can see",
  killed: "let the reader give `runNumber`, or a `runMark` that differs, when the job runs again",
  host: "give back what the library gives: `args`, `gives` and `within` change only what a carrier or a context needs",
  propagation: "store nothing but the carrier, and that only by `write`, which is not called where nothing may travel",
};

/** A case of the suite; how it is checked stands in `cases.ts`. */
export type Case = keyof typeof sentences;

/** Whether a case must run for a system, or why it cannot. */
export type Entry = "must" | { readonly cannot: string };

/** What holds for one system. */
export type Row = Readonly<Record<Case, Entry>>;

/** Whether a case notices a fault, or why it cannot. */
export type Notice = "notices" | { readonly cannot: string };

const noTelemetry = { cannot: "it looks at the host, not at what is emitted" };
const notOfTheHost = { cannot: "what is printed changes no event" };

/**
 * Which fault each case notices, by itself: it is run with the fault planted and must then fail. For
 * each of the three faults that every instrumentation could have there is an answer.
 */
export const noticed: Readonly<
  Record<
    Case,
    Readonly<Record<"end-swallowed" | "start-doubled" | "host-printed", Notice>> &
      Readonly<Partial<Record<Fault, Notice>>>
  >
> = {
  order: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": notOfTheHost },
  identity: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": notOfTheHost },
  context: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": notOfTheHost },
  retries: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": notOfTheHost },
  failure: {
    "end-swallowed": "notices",
    "start-doubled": { cannot: "a failure is said at the end, which stays one" },
    "host-printed": notOfTheHost,
  },
  subscriber: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": "notices" },
  undo: {
    "end-swallowed": { cannot: "it looks at the library's functions, not at what is emitted" },
    "start-doubled": { cannot: "it looks at the library's functions, not at what is emitted" },
    "host-printed": { cannot: "a wrapper that prints can be undone like any other" },
    "undo-forgotten": "notices",
  },
  twice: { "end-swallowed": "notices", "start-doubled": "notices", "host-printed": notOfTheHost },
  "no-sdk": {
    "end-swallowed": { cannot: "nothing is emitted, so nothing can be missing" },
    "start-doubled": { cannot: "nothing is emitted, so nothing can be doubled" },
    "host-printed": "notices",
  },
  absent: {
    "end-swallowed": { cannot: "without the library no run ends" },
    "start-doubled": { cannot: "without the library no run starts" },
    "host-printed": { cannot: "without the library nothing is wrapped" },
    "library-wanted": "notices",
  },
  names: {
    "end-swallowed": { cannot: "the names of what is left are still right" },
    "start-doubled": { cannot: "a record said twice has the same names" },
    "host-printed": notOfTheHost,
    "name-invented": "notices",
  },
  sees: {
    "end-swallowed": "notices",
    "start-doubled": { cannot: "it asks which events there are, not how many" },
    "host-printed": notOfTheHost,
  },
  killed: {
    "end-swallowed": "notices",
    "start-doubled": "notices",
    "host-printed": notOfTheHost,
  },
  host: { "end-swallowed": noTelemetry, "start-doubled": noTelemetry, "host-printed": "notices" },
  propagation: {
    "end-swallowed": noTelemetry,
    "start-doubled": noTelemetry,
    "host-printed": "notices",
    "carrier-leaked": "notices",
  },
};
