import { createRequire } from "node:module";
import { extname } from "node:path";
import { globalSink, registered, strangeVersions } from "@jobtrail/core/recorder";
import type { Sink } from "@jobtrail/core/recorder";
import { standardWarnings } from "@jobtrail/conventions";
import type { Settings } from "@jobtrail/conventions";
import { claimContext } from "./context.ts";
import type * as ownFile from "./own.ts";
import type { Wanted } from "./own.ts";
import { say } from "./report.ts";
import type * as sdkFile from "./sdk.ts";

/** Who gets the telemetry. */
export interface Decider {
  /** Where to write now: for each signal to the app's own SDK where there is one, else to ours. */
  readonly sink: () => Sink;
  /** A job system was loaded, so there may be events. */
  readonly expect: () => void;
}

/** Leaves it to the app's own SDK. @param missing is said at the end, where there were events and never an SDK. */
export function leave(missing?: string): Decider {
  let expected = false;
  if (missing !== undefined)
    process.once("exit", () => {
      if (expected && registered("logs") === undefined) say("left", `${missing}: no telemetry of jobs arrived.`);
    });
  return { sink: globalSink(), expect: () => (expected = true) };
}

/** Decides at every use anew, so that an SDK that the app starts late takes over what begins then. */
export function decide(mode: Exclude<Settings["sdk"], "off">, wanted: Wanted): Decider {
  return mode === "on" ? registering(wanted) : standingIn(wanted);
}

/** An SDK for everybody, registered at once. */
function registering(wanted: Wanted): Decider {
  const sdk = started(() => load<typeof sdkFile>("sdk").startSdk(wanted), wanted);
  sdk?.register();
  const global = globalSink();
  return {
    sink() {
      sdk?.used();
      return global();
    },
    expect: () => undefined,
  };
}

/** A sink of our own for each signal that the app has no SDK for. */
function standingIn(wanted: Wanted): Decider {
  const global = globalSink();
  const own = once(() => started(() => load<typeof ownFile>("own").startOwn(wanted), wanted));
  const merge = merged();
  let uses = 0;
  return {
    sink() {
      const present = {
        spans: registered("trace") !== undefined,
        logs: registered("logs") !== undefined,
        metrics: registered("metrics") !== undefined,
      };
      if (present.spans && present.logs && present.metrics) {
        own.made?.used();
        return global();
      }
      const ours = own();
      if (uses++ % usesPerLook === 0) tellStrange();
      if (ours === undefined) return global();
      if (!present.spans) claimContext();
      ours.used();
      return present.spans || present.logs || present.metrics ? merge(global(), ours.sink, present) : ours.sink;
    },
    // What sends is loaded in the call of the first event: a process that loads a library may never see one.
    expect: () => undefined,
  };
}

/** How often a look at all that is global costs nothing that one would notice. */
const usesPerLook = 1000;

/** Says that the app's SDK is one that cannot be used: its API is of another major version than the one that is known. */
function tellStrange(): void {
  const [version] = strangeVersions();
  if (version !== undefined)
    say(
      "another API",
      `the app's own SDK uses version ${version} of @opentelemetry/api, and Jobtrail knows 1.x: the telemetry of jobs does not go through that SDK but is sent apart, as OTEL_EXPORTER_OTLP_* say.`,
    );
}

/** Starts to send; a line says why not, where that fails. */
function started<T>(start: () => T, { env }: Wanted): T | undefined {
  try {
    for (const warning of standardWarnings(env, "send")) say(warning, warning);
    return start();
  } catch (error) {
    say("sdk", `nothing is sent, because sending did not start: ${String(error).split("\n")[0]}`);
    return undefined;
  }
}

/** What sends is loaded only where it is needed. */
const load = <T>(name: "own" | "sdk"): T =>
  createRequire(import.meta.url)(`./${name}${extname(import.meta.filename)}`) as T;

interface Once<T> {
  (): T;
  made: T | undefined;
}

function once<T>(make: () => T): Once<T> {
  let called = false;
  const get = (): T => {
    if (!called) get.made = make();
    called = true;
    return get.made as T;
  };
  get.made = undefined as T | undefined;
  return get;
}

type Present = Readonly<Record<keyof Sink, boolean>>;

/** Theirs where present, else ours; the same object for the same ones. */
function merged(): (theirs: Sink, ours: Sink, present: Present) => Sink {
  let last: Sink | undefined;
  return (theirs, ours, present) => {
    const spans = present.spans ? theirs.spans : ours.spans;
    const logs = present.logs ? theirs.logs : ours.logs;
    const metrics = present.metrics ? theirs.metrics : ours.metrics;
    if (last === undefined || last.spans !== spans || last.logs !== logs || last.metrics !== metrics)
      last = { spans, logs, metrics };
    return last;
  };
}
