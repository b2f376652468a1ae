import { now, toMillis } from "@jobtrail/core/event";
import { adopted, adopting, tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { asked, sharedWait, storedBy } from "./asked.ts";
import type { Found, Wanted } from "./asked.ts";
import { stored } from "./carrier.ts";
import type { Travelling } from "./carrier.ts";
import { entering, enteredOf } from "./instance.ts";
import { isInternal } from "./library.ts";
import type { Entered } from "./instance.ts";
import type { Manager } from "./library.ts";
import { kindOf, namespaceOf, readNamed, readSent } from "./job.ts";
import { originOf, publishing } from "./origin.ts";
import type { Origin } from "./origin.ts";

type Telemetry = object & { readonly enabled?: boolean };
type Sending = readonly [operation: string, queue: string | null, attempted: unknown, store: Call, ...rest: unknown[]];

/** `Telemetry#send`, which all that makes jobs passes, also pg-boss's own schedules. */
export const sending = (prototype: unknown, jobs: Jobs): Tap =>
  tap<Telemetry, Sending>(prototype, "send", (telemetry, [operation, queue, attempted, store, ...rest]) => {
    // Each job of an event is stored by a `send` of its own.
    if (operation === "publish") return { within: publishing };
    const entered = enteredOf(telemetry);
    if (entered === undefined || isInternal(queue) || typeof store !== "function") return undefined;
    const storing = jobs.surround(store, operation, (_, [native]) =>
      jobs.queue(callOf(operation, queue, entered, native, telemetry)),
    );
    return { args: [operation, queue, attempted, storing, ...rest], within: adopting };
  });

function callOf(
  operation: string,
  queue: string | null,
  { manager, args }: Entered,
  native: unknown,
  telemetry: Telemetry,
): Parameters<Jobs["queue"]>[0] {
  const wanted = asked(operation, args);
  const origin = operation === "send" ? originOf(queue ?? "", wanted[0]?.data) : ({ trigger: "api" } as const);
  const atMs = toMillis(now());
  return {
    verb: operation,
    to: queue === null ? { namespace: namespaceOf(manager) } : kindOf(manager, queue, origin.schedule),
    adopt: adopted(),
    // An app that switched pg-boss's telemetry off wants nothing stored there.
    write: (carrier) =>
      telemetry.enabled === false
        ? undefined
        : [stored(native, { ...carrier, ...travelling(queue, wanted, origin, atMs) })],
    stored: (result) =>
      storedBy(operation, queue, wanted, result).map((found) => storedOf(found, manager, origin, atMs)),
  };
}

/** What travels besides the context. */
function travelling(
  queue: string | null,
  wanted: readonly Wanted[],
  { trigger, schedule }: Origin,
  atMs: number,
): Travelling {
  const wait = sharedWait(wanted, atMs);
  return {
    ...(queue !== null && { queue }),
    ...(wait !== undefined && { ready: String(Math.round(atMs + wait)) }),
    ...(trigger !== "api" && { trigger }),
    ...(schedule !== undefined && { schedule }),
  };
}

function storedOf({ queue, id, wanted, kept }: Found, manager: Manager, origin: Origin, atMs: number): Stored {
  const known = { manager, queue, id, schedule: origin.schedule };
  if (kept !== undefined) {
    const reading = readNamed(known);
    return { reading, twin: { reading, isSame: false, ...kept } };
  }
  const isBlocked = wanted?.blocked === true;
  return {
    reading: readSent({ ...known, origin, request: wanted?.request, data: wanted?.data, isBlocked, atMs }),
  };
}

/** `Manager#insert`, which gives the ids of what it stored only when it is asked for them. */
export const inserting = (prototype: unknown, jobs: Jobs): Tap =>
  tap<Manager, readonly unknown[]>(prototype, "insert", (manager, args) => {
    const more = askingForIds(manager, args, jobs);
    return {
      args: more,
      within: (go) => entering(manager, more ?? args, go),
      gives: more && (() => null),
    };
  });

/** The call's arguments with the ids asked for; nothing where the app asked for them, or they are not wanted. */
function askingForIds(manager: Manager, args: readonly unknown[], jobs: Jobs): readonly unknown[] | undefined {
  const [queue, given, options] = args as [string, unknown, { readonly returnId?: boolean } | undefined];
  // With its spies pg-boss gives the ids by itself.
  if (options?.returnId === true || isInternal(queue) || manager.config.__test__enableSpies === true) return undefined;
  if (jobs.ignores(kindOf(manager, queue))) return undefined;
  return [queue, given, { ...options, returnId: true }];
}

const passed = ["createJob", "upsert", "flow", "fetch", "complete", "fail", "cancel", "deleteJob"];

/** Those calls of the manager that are passed on to the telemetry as they are. */
export const calls = (prototype: unknown): readonly Tap[] =>
  passed.map((name) =>
    tap<Manager, readonly unknown[]>(prototype, name, (manager, args) => ({
      within: (go) => entering(manager, args, go),
    })),
  );
