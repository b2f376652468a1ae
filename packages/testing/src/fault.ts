import type { Enqueue, OpenRun, Recorder } from "@jobtrail/core/recorder";

/** Faults that an instrumentation could have. Each is planted between it and its recorder, or around what it wraps. */
export const faults = {
  "end-swallowed": "the end of a run never reaches the recorder",
  "start-doubled": "each start reaches the recorder twice",
  "host-printed": "what is wrapped around the library's functions prints into the host's output",
  "undo-forgotten": "the undo undoes nothing",
  "name-invented": "a record has an attribute that no registry knows",
  "carrier-leaked": "what should not travel is stored with the job",
  "library-wanted": "the instrumentation needs its library to load",
} as const;

/** The name of a fault. */
export type Fault = keyof typeof faults;

/** Makes a recorder with a planted fault, and calls back each time that the fault acts. */
export const withFault = (recorder: Recorder, fault: Fault | undefined, acted: () => void): Recorder =>
  (fault === undefined ? undefined : planted[fault])?.(recorder, acted) ?? recorder;

type Plant = (recorder: Recorder, acted: () => void) => Recorder;

const planted: Readonly<Partial<Record<Fault, Plant>>> = {
  "end-swallowed": (recorder, acted) => ({
    ...recorder,
    start: (...given) => changed(recorder.start(...given), { end: acted }),
  }),
  "start-doubled": (recorder, acted) => ({
    ...recorder,
    start(...given) {
      acted();
      recorder.start(...given);
      return recorder.start(...given);
    },
  }),
  "name-invented": (recorder, acted) => ({
    ...recorder,
    start(definition, started, how) {
      acted();
      return recorder.start(definition, { ...started, own: { ...started.own, "invented.name": 1 } }, how);
    },
  }),
  "carrier-leaked": (recorder, acted) => ({
    ...recorder,
    options: { ...recorder.options, propagation: true },
    enqueue(...given): Enqueue {
      acted();
      const enqueue = recorder.enqueue(...given);
      return { ...enqueue, emit: (event) => enqueue.emit(event), carrier: { ...enqueue.carrier, leaked: "1" } };
    },
  }),
};

/** A run whose methods are its own, but for those given. */
const changed = (run: OpenRun, instead: Partial<OpenRun>): OpenRun =>
  new Proxy(run, {
    get(_, key: keyof OpenRun) {
      const value: unknown = instead[key] ?? run[key];
      return typeof value === "function" ? (value.bind(run) as unknown) : value;
    },
  });
