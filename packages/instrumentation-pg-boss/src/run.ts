import type { Span } from "@opentelemetry/api";
import { carrierOf as readCarrier } from "@jobtrail/core/recorder";
import { adopted, adopting, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, Call, Jobs, Outcome, Tap } from "@jobtrail/instrumentation/adapter";
import type { JobResult } from "pg-boss";
import { travelled } from "./carrier.ts";
import { instanceOf, keyOf } from "./instance.ts";
import { isInternal } from "./library.ts";
import type { Held, Instance } from "./instance.ts";
import type { Manager } from "./library.ts";
import { kindOf, readDelivered } from "./job.ts";
import type { Fetched } from "./job.ts";
import { scheduling } from "./origin.ts";
import { badlyByPgBoss, completed, outcomeOf } from "./outcome.ts";
import type { Over } from "./outcome.ts";
import { readRows } from "./row.ts";

/** Jobs that a worker was given, on their way to the handler. */
interface Delivery {
  readonly instance: Instance;
  readonly queue: string;
  readonly jobs: readonly Fetched[];
  readonly carrierOf: (job: Fetched) => unknown;
  /** The span that pg-boss made for the handler's call. */
  span?: Span | undefined;
  /** Set when the handler was called. */
  handled?: Handled;
}

/** A handler's call for the jobs of one delivery. */
interface Handled {
  readonly held: readonly Held[];
  readonly manager: Manager;
  /** Whether the handler gives a result for each job. */
  readonly perJob: boolean;
  /** What the handler gave or threw; absent while it works. */
  settled?: { readonly value: unknown } | { readonly thrown: unknown };
}

/** Deliveries by the very array that the handler gets. */
const deliveries = new WeakMap<object, Delivery>();

type Processing = readonly [queue: string, jobs: readonly Fetched[], carrierOf: Delivery["carrierOf"], work: Call];

/** `Telemetry#process`, around a worker's work at the jobs it was given and its settling of them. */
export const delivering = (prototype: unknown, jobs: Jobs): Tap =>
  tap<object, Processing>(prototype, "process", (telemetry, [queue, list, carrierOf, work]) => {
    if (isInternal(queue) || typeof work !== "function") return undefined;
    const delivery: Delivery = { instance: instanceOf(telemetry), queue, jobs: list, carrierOf };
    deliveries.set(list, delivery);
    const watched = jobs.surround(work, "process", () => {
      const [first] = list;
      delivery.span = first && adopted(readCarrier(carrierOf(first)));
      // The ends are written before pg-boss ends its span. What pg-boss does not know of its jobs is read then.
      return {
        holds: true,
        returned: (failure) => endDelivery(delivery, failure === undefined ? undefined : { with: failure }, jobs),
        threw: (error) => endDelivery(delivery, { with: error }, jobs),
      };
    });
    return { args: [queue, list, carrierOf, watched], within: adopting };
  });

/** `Manager#work`, for the handler it is given. */
export const handlers = (prototype: unknown, jobs: Jobs): Tap =>
  tap<Manager, readonly unknown[]>(prototype, "work", (manager, args) => {
    const at = args.length > 2 ? 2 : 1;
    const handler = args[at];
    if (typeof handler !== "function") return undefined;
    const { perJobResults } = ((at === 2 ? args[1] : undefined) ?? {}) as { perJobResults?: boolean };
    const around = isInternal(args[0])
      ? (list: readonly Fetched[]): Around => ({ within: (go) => scheduling(list, go) })
      : (list: readonly Fetched[]) => begin(list, manager, perJobResults === true, jobs);
    return {
      args: args.with(
        at,
        jobs.surround(handler as Call, "handler", (_, [list]) => around(list as Fetched[])),
      ),
    };
  });

/** The handler is called: one job has a run and its span; several have a run each, and one span for all. */
function begin(list: readonly Fetched[], manager: Manager, perJob: boolean, jobs: Jobs): Around | undefined {
  const delivery = deliveries.get(list);
  if (delivery === undefined || jobs.ignores(kindOf(manager, delivery.queue))) return undefined;
  const { instance, queue, carrierOf, span } = delivery;
  instance.manager = manager;
  const held = list.map((job): Held => ({ queue, job, by: "worker" }));
  const handled: Handled = { held, manager, perJob };
  delivery.handled = handled;
  return jobs.run(
    held.map((key) => workOf(key, manager, instance, carrierOf)),
    { outcome: "later", adopt: span, settled: (by) => void (handled.settled = by) },
  );
}

/** A job that was handed out and will be worked. */
export function workOf(
  held: Held,
  manager: Manager,
  instance: Instance,
  carrierOf: (job: Fetched) => unknown,
): Parameters<Jobs["run"]>[0][number] {
  const { queue, job } = held;
  instance.open.set(keyOf(queue, job.id), held);
  return { key: held, reading: readDelivered({ manager, queue, id: job.id, job, from: travelled(carrierOf(job)) }) };
}

/** What pg-boss failed a delivery with, or could not store its outcome for. */
interface Failed {
  readonly with: unknown;
}

/**
 * Writes the ends of a delivery's runs. A job that was completed here is done; what became of any
 * other, only the stored job tells: whether it will be tried again, and when.
 */
async function endDelivery({ handled, instance }: Delivery, failed: Failed | undefined, jobs: Jobs): Promise<void> {
  if (handled === undefined) return;
  const { held, manager } = handled;
  // A transaction that failed takes its completions back.
  const unclear = held.filter(({ landed }) => failed !== undefined || landed?.operation !== "complete");
  const [first] = unclear;
  const ids = unclear.map(({ job }) => job.id);
  const rows = first === undefined ? undefined : await readRows(jobs, manager, first.queue, ids);
  for (const each of held) {
    const over = overOf(each, handled, failed);
    const { id, retryCount } = each.job;
    endRun(
      each,
      unclear.includes(each) ? outcomeOf(rows?.get(id), retryCount, over) : completed(over.value),
      instance,
      jobs,
    );
  }
}

function overOf(held: Held, handled: Handled, failed: Failed | undefined): Over {
  const landed = held.landed?.operation;
  const { thrown, item, value } = gaveOf(handled, held.job.id);
  if (landed !== "fail") return { landed, value, result: "failure", thrown: failed?.with ?? thrown };
  const given = held.landed?.given ?? item;
  const known = { landed, value };
  return given === thrown ? { ...known, result: "failure", thrown } : { ...known, ...badlyByPgBoss(given) };
}

interface Gave {
  readonly thrown?: unknown;
  /** What of its value belongs to the job. */
  readonly value?: unknown;
  /** Why the job is to be failed, where the handler gives a result for each. */
  readonly item?: unknown;
}

/** What a handler gave for one of its jobs. */
function gaveOf({ held, perJob, settled }: Handled, id: string): Gave {
  if (settled === undefined) return {};
  if ("thrown" in settled) return { thrown: settled.thrown };
  if (!perJob) return held.length === 1 ? { value: settled.value } : {};
  const own = resultOf(settled.value, id);
  if (own === undefined) return { item: new Error("The handler gave no result for this job.") };
  return { value: own.output as unknown, item: own.output as unknown };
}

/** A job's own result among those that the handler gave; pg-boss takes the last. */
const resultOf = (value: unknown, id: string): JobResult | undefined =>
  Array.isArray(value) ? (value as JobResult[]).findLast((item) => item?.id === id) : undefined;

/** Writes a run's end, and the try that will follow it. */
export function endRun(held: Held, outcome: Outcome, instance: Instance, jobs: Jobs): void {
  const { queue, job } = held;
  // A later claim of the same job may stand there by now.
  if (instance.open.get(keyOf(queue, job.id)) === held) instance.open.delete(keyOf(queue, job.id));
  jobs.end(held, outcome);
}
