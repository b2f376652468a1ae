import { createRequire } from "node:module";
import { extname } from "node:path";
import { isMainThread } from "node:worker_threads";
import { soon } from "@jobtrail/core/clock";
import { globalProviders } from "@jobtrail/core/recorder";
import type { Providers } from "@jobtrail/core/recorder";
import { standardWarnings } from "@jobtrail/conventions";
import type { Settings } from "@jobtrail/conventions";
import { registered } from "./registered.ts";
import { say } from "./report.ts";
import type * as sdk from "./sdk.ts";
import type { Sdk, Wanted } from "./sdk.ts";

/** Who gets the telemetry. */
export interface Decider {
  /** The providers to write to now: for each signal the app's own where there is one, else ours. */
  readonly providers: () => Providers;
  /** A job system was loaded: makes ready what the first event would otherwise wait for. */
  readonly expect: () => void;
}

/** Leaves it to the app's own SDK. @param missing is said at the end, where there were events and never an SDK. */
export function leave(missing?: string): Decider {
  const globals = globalProviders();
  let expected = false;
  if (missing !== undefined)
    process.once("exit", () => {
      if (expected && registered("logs") === undefined) say("left", `${missing}: no telemetry of jobs arrived.`);
    });
  return { providers: globals, expect: () => (expected = true) };
}

/** Decides at every use anew, so that an SDK that the app starts late takes over what begins then. */
export function decide(mode: Exclude<Settings["sdk"], "off">, wanted: Wanted): Decider {
  const globals = globalProviders();
  const own = once(() => started(wanted));
  if (mode === "on") own()?.register();
  const merge = merged();
  return {
    providers() {
      const theirs = globals();
      const present = { tracer: registered("trace"), logger: registered("logs"), meter: registered("metrics") };
      if (present.tracer !== undefined && present.logger !== undefined && present.meter !== undefined) {
        own.made?.used();
        return theirs;
      }
      const ours = own();
      if (ours === undefined) return theirs;
      if (present.tracer === undefined) ours.claimContext();
      ours.used();
      return merge(theirs, ours.providers, present);
    },
    expect() {
      // A child that may never see an event pays nothing before it does.
      if (isMainThread && process.send === undefined) soon(ready);
    },
  };

  function ready(): void {
    if (registered("trace") === undefined) own();
  }
}

/** The SDK is loaded only where one is started, and in the call of the event that cannot wait for it. */
function started(wanted: Wanted): Sdk | undefined {
  try {
    const warnings = standardWarnings(wanted.env, "send");
    for (const warning of warnings) say(warning, warning);
    const file = `./sdk${extname(import.meta.filename)}`;
    const { startSdk } = createRequire(import.meta.url)(file) as typeof sdk;
    return startSdk(wanted);
  } catch (error) {
    say("sdk", `nothing is sent, because the SDK did not start: ${String(error).split("\n")[0]}`);
    return undefined;
  }
}

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

type Present = Readonly<Record<keyof Providers, unknown>>;

/** Theirs where present, else ours; the same object for the same three. */
function merged(): (theirs: Providers, ours: Providers, present: Present) => Providers {
  let last: Providers | undefined;
  return (theirs, ours, present) => {
    const tracer = present.tracer === undefined ? ours.tracer : theirs.tracer;
    const logger = present.logger === undefined ? ours.logger : theirs.logger;
    const meter = present.meter === undefined ? ours.meter : theirs.meter;
    if (last === undefined || last.tracer !== tracer || last.logger !== logger || last.meter !== meter)
      last = { tracer, logger, meter };
    return last;
  };
}
