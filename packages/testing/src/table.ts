import type { Fault } from "./fault.ts";

/** What each case requires of a job system. */
export const sentences = {
  order: "a job has the events of what happened to it, in that order",
  identity: "a job has the same uid for every observer, and each of its runs has its own uid",
  context: "a run's span is a root, linked to the span that queued its job in another process",
  retries: "a retry is a new run and the next attempt, linked to the run before, and recorded with its time",
  failure: "a failure is recorded once, with its type and its message",
  subscriber: "a subscriber that throws never reaches the job",
  undo: "undo puts the library's own functions back",
  twice: "a library that is observed twice reports once",
  "no-sdk": "without an SDK nothing breaks and nothing is emitted",
  absent: "without the library the instrumentation loads and does nothing",
  names: "every emitted name is in the registry, or begins with the system's name",
  sees: "the emitted events are those that the system declares in `sees`",
  killed: "a run whose process is killed is recorded as lost once another process runs the job again",
  host: "the host has the same results, order and errors with Jobtrail and without",
  propagation: "with JOBTRAIL_PROPAGATION=off the store holds the same data as without Jobtrail",
} as const;

/** What to write so that a case holds, with the functions of `@jobtrail/instrumentation/adapter`. */
export const steps: Readonly<Record<keyof typeof sentences, string>> = {
  order:
    'tap the function that stores a job with `jobs.queue`, and the one that calls the handler with `jobs.run`; if the outcome is known only later, set `outcome: "later"` and pass it to `jobs.end` with the same key',
  identity:
    "let the reader return `id`; if the system reuses ids, set `reusesIds` and return `created`; if a run's number does not identify it, return `runMark`",
  context:
    "store the carrier in the system's field for metadata (`write` of `jobs.queue`), and let the reader return it as `carried`; if there is no such field, declare it in `cannot` and in `carrier`",
  retries:
    "end a run that will be retried with `final: false` and `retry: { attempt, at }`, and let the reader return `runNumber` and `attempt`",
  failure: "pass the error of the handler to `jobs.end` as `thrown`",
  subscriber: "nothing: it holds once `order` does, if all code uses `tap` and `jobs`",
  undo: "change functions only with `tap`, `jobs.surround` and `jobs.lend`",
  twice: "nothing: it holds once `order` does",
  "no-sdk": "nothing: it holds once a function is tapped and the host is unchanged",
  absent: "import the library as a type only",
  names: "nothing: it holds once `order` does; an attribute that only the system has begins with its name",
  sees: "list in `sees` the events that the programs make, and write calls in `rest` that make the other events that hooks can see",
  killed: "let the reader return another `runNumber` or `runMark` when the job runs again",
  host: "return the library's own results: `args`, `gives` and `within` change only what a carrier or a context needs",
  propagation: "store nothing but the carrier, and only with `write`, which is not called if propagation is off",
};

/** A case of the suite; `cases.ts` checks it. */
export type Case = keyof typeof sentences;

/** Whether a case must run for a system, or why it cannot. */
export type Entry = "must" | { readonly cannot: string };

/** The cases of one system. */
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

/** The faults that are planted on every system: what a system breaks by itself. */
export const own: Readonly<Partial<Record<Case, Fault>>> = {
  host: "host-printed",
  undo: "undo-forgotten",
  absent: "library-wanted",
  propagation: "carrier-leaked",
};
