import type { Span } from "@opentelemetry/api";
import type { JobAttributes } from "@jobtrail/conventions";
import { now, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { activeSpan, contexts, guard } from "@jobtrail/core/recorder";
import type { Enqueue, Recorder } from "@jobtrail/core/recorder";

import { outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Call, Undo } from "@jobtrail/instrumentation/adapter";
import { asked, sharedWait, storedBy } from "./asked.ts";
import type { Stored, Wanted } from "./asked.ts";
import { spanOfPgBoss, stored } from "./carrier.ts";
import { entering, enteredOf, isInternal } from "./home.ts";
import type { Entered, Manager } from "./home.ts";
import { constantsOf, definitionOf, identityOf, namespaceOf, queuedAttributes } from "./job.ts";
import { originOf, publishing } from "./origin.ts";

/** A call that is about to store jobs. */
interface Sending {
  readonly manager: Manager;
  readonly enqueue: Enqueue;
  readonly wanted: readonly Wanted[];
  readonly origin: ReturnType<typeof originOf>;
  readonly time: JobEvent["seen"];
}

type Store = (carrier: unknown) => unknown;

/** Watches `Telemetry#send`, which all that makes jobs passes, also pg-boss's own schedules. */
export const watchSending = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "send",
    (original) =>
      function (...args) {
        return send(original, this, args, to);
      },
  );

function send(original: Call, telemetry: unknown, args: readonly unknown[], to: Recorder): unknown {
  const [operation, queue, attempted, fn, ...rest] = args as [string, string | null, unknown, Store];
  // Each job of an event is stored by a `send` of its own.
  if (operation === "publish") return publishing(() => original.apply(telemetry, args as unknown[]));
  const entered = guard("pgboss: send", () => enteredOf(telemetry));
  if (entered === undefined || isInternal(queue) || typeof fn !== "function")
    return original.apply(telemetry, args as unknown[]);
  const before = activeSpan();
  const store: Store = (native) => {
    const sending = guard("pgboss: send", () => open(operation, queue, entered, before, to));
    if (sending === undefined) return fn(native);
    const carrier = guard("pgboss: carrier", () => carried(native, queue, sending, telemetry));
    const result = contexts.with(sending.enqueue.context, () => fn(carrier ?? native));
    return outcome(
      "pgboss: queued",
      result,
      (value) => queued(storedBy(operation, queue, sending.wanted, value), sending, to),
      (thrown) => sending.enqueue.end(to.error(thrown)),
    );
  };
  return original.call(telemetry, operation, queue, attempted, store, ...rest);
}

function open(
  operation: string,
  queue: string | null,
  { manager, args }: Entered,
  before: Span | undefined,
  to: Recorder,
): Sending {
  const wanted = asked(operation, args);
  const origin = operation === "send" ? originOf(queue ?? "", wanted[0]?.data) : ({ trigger: "api" } as const);
  const definition =
    queue === null
      ? to.define({ "job.system.name": "pgboss", "job.namespace": namespaceOf(manager) })
      : definitionOf(to, manager, queue, origin.schedule);
  const enqueue = to.enqueue(definition, operation, spanOfPgBoss(before));
  return { manager, enqueue, wanted, origin, time: now() };
}

/** What is stored with the jobs; what pg-boss stores itself where nothing is to travel, or the app switched its telemetry off. */
function carried(native: unknown, queue: string | null, sending: Sending, telemetry: unknown): unknown {
  const { enqueue, wanted, origin, time } = sending;
  if (Object.keys(enqueue.carrier).length === 0 || (telemetry as { enabled?: boolean }).enabled === false)
    return native;
  const nowMs = toMillis(time);
  const wait = sharedWait(wanted, nowMs);
  return stored(native, {
    ...enqueue.carrier,
    ...(queue !== null && { queue }),
    ...(wait !== undefined && { ready: String(Math.round(nowMs + wait)) }),
    ...(origin.trigger !== "api" && { trigger: origin.trigger }),
    ...(origin.schedule !== undefined && { schedule: origin.schedule }),
  });
}

function queued(jobs: readonly Stored[], sending: Sending, to: Recorder): void {
  const { enqueue, time } = sending;
  for (const job of jobs)
    enqueue.emit({
      name: job.kept === undefined ? "job.queued" : "job.deduplicated",
      time,
      seen: now(),
      attributes: attributesOf(job, sending, to),
    });
  enqueue.end();
}

function attributesOf({ queue, id, kept, wanted }: Stored, sending: Sending, to: Recorder): JobAttributes {
  const { manager, origin, time } = sending;
  const known = { ...constantsOf(manager, queue, origin.schedule), ...identityOf(manager, queue, id) };
  if (kept !== undefined) return { ...known, ...kept };
  const about = wanted === undefined ? {} : queuedAttributes(manager, queue, wanted.asking, toMillis(time));
  const delayed = origin.trigger === "api" && about["job.state"] === "scheduled";
  return {
    ...known,
    "job.trigger.type": delayed ? "delay" : origin.trigger,
    ...about,
    ...(wanted?.blocked === true && { "job.state": "blocked", "job.trigger.type": "dependency" }),
    ...(wanted !== undefined && to.input(wanted.data)),
  };
}

/** Watches `Manager#insert`, which tells the ids of what it stored only when it is asked for them. */
export const watchInserting = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "insert",
    (original) =>
      function (...args) {
        const more = guard("pgboss: insert", () => askingForIds(this as Manager, args, to));
        if (more === undefined) return entering(this, args, original);
        const result = entering(this, more, original) as Promise<unknown>;
        return result.then(() => null);
      },
  );

/** The call's arguments with the ids asked for; nothing where the app asked for them, or they are not wanted. */
function askingForIds(manager: Manager, args: readonly unknown[], to: Recorder): readonly unknown[] | undefined {
  const [queue, jobs, options] = args as [string, unknown, { readonly returnId?: boolean } | undefined];
  // With its spies pg-boss gives the ids by itself.
  if (options?.returnId === true || isInternal(queue) || manager.config.__test__enableSpies === true) return undefined;
  if (definitionOf(to, manager, queue).ignored) return undefined;
  return [queue, jobs, { ...options, returnId: true }];
}
