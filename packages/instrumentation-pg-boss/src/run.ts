import type { Span } from "@opentelemetry/api";
import { now } from "@jobtrail/core/event";
import { activeSpan, guard, tell } from "@jobtrail/core/recorder";
import type { Batch, Recorder } from "@jobtrail/core/recorder";

import { wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import { spanOfPgBoss, travelled } from "./carrier.ts";
import { endDelivery } from "./end.ts";
import type { Handled } from "./end.ts";
import { homeOf, isInternal } from "./home.ts";
import type { Home, Manager } from "./home.ts";
import { definitionOf } from "./job.ts";
import { scheduling } from "./origin.ts";
import { definitionFor, startRun } from "./start.ts";
import type { Fetched, Held, Starting } from "./start.ts";

/** Jobs that a worker was given, on their way to the handler. */
interface Delivery {
  readonly home: Home;
  readonly queue: string;
  readonly jobs: readonly Fetched[];
  readonly carrierOf: (job: Fetched) => unknown;
  /** The span that pg-boss made for the handler's call. */
  span?: Span | undefined;
  /** Set when the handler was called. */
  handled?: Handled;
}

/** Deliveries by the very array that the handler gets. */
const deliveries = new WeakMap<object, Delivery>();

type Work = () => Promise<unknown>;

/** Watches `Telemetry#process`, around a worker's work at the jobs it was given and its settling of them. */
export const watchDelivery = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "process",
    (original) =>
      function (...args) {
        const [queue, jobs, carrierOf, work] = args as [string, Fetched[], Delivery["carrierOf"], Work];
        if (isInternal(queue) || typeof work !== "function") return original.apply(this, args as unknown[]);
        const delivery: Delivery = { home: homeOf(this), queue, jobs, carrierOf };
        guard("pgboss: delivery", () => deliveries.set(jobs, delivery));
        const before = activeSpan();
        return original.call(this, queue, jobs, carrierOf, async () => {
          delivery.span = guard("pgboss: span", () => spanOfPgBoss(before, carrierOf(jobs[0] as Fetched)));
          return await watched(work, delivery, to);
        });
      },
  );

/** The end is written before pg-boss ends its span. What pg-boss does not know of its jobs is read then. */
async function watched(work: Work, delivery: Delivery, to: Recorder): Promise<unknown> {
  let failed: { readonly with: unknown } | undefined;
  try {
    const failure = await work();
    if (failure !== undefined) failed = { with: failure };
    return failure;
  } catch (error) {
    failed = { with: error };
    throw error;
  } finally {
    const { handled, home } = delivery;
    if (handled !== undefined)
      await endDelivery(handled, home, failed, to).catch((error: unknown) => tell("pgboss: end", error));
  }
}

type Handler = (this: unknown, jobs: Fetched[], ...rest: unknown[]) => unknown;

/** Watches `Manager#work`, for the handler it is given. */
export const watchWorkers = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "work",
    (original) =>
      function (...args) {
        const at = args.length > 2 ? 2 : 1;
        const handler = args[at];
        if (typeof handler !== "function") return original.apply(this, args as unknown[]);
        const options = (at === 2 ? args[1] : undefined) as { perJobResults?: boolean } | undefined;
        const perJob = options?.perJobResults === true;
        const watching = isInternal(args[0])
          ? handlerOfSchedules(handler as Handler)
          : handlerOf(handler as Handler, { manager: this as Manager, perJob, to });
        return original.apply(this, args.with(at, watching));
      },
  );

const handlerOfSchedules = (handler: Handler): Handler =>
  function (jobs, ...rest) {
    return scheduling(jobs, () => handler.call(this, jobs, ...rest));
  };

interface Handling {
  readonly manager: Manager;
  readonly perJob: boolean;
  readonly to: Recorder;
}

function handlerOf(handler: Handler, handling: Handling): Handler {
  return function (jobs, ...rest) {
    const delivery = deliveries.get(jobs);
    const handled = delivery && guard("pgboss: start", () => start(delivery, handling));
    const work = (): unknown => handler.call(this, jobs, ...rest);
    return handled === undefined ? work() : handle(handled, work);
  };
}

/** pg-boss waits for whatever the handler gives, so it may as well wait for this. */
async function handle(handled: Handled, work: () => unknown): Promise<unknown> {
  try {
    const value = await handled.within(work);
    settled(handled, { value });
    return value;
  } catch (thrown) {
    settled(handled, { thrown });
    throw thrown;
  }
}

function settled(handled: Handled, by: NonNullable<Handled["settled"]>): void {
  guard("pgboss: settle", () => {
    const time = now();
    handled.settled = by;
    for (const { run } of handled.held) run.settled(time);
  });
}

function start(delivery: Delivery, { manager, perJob, to }: Handling): Handled | undefined {
  const { home, queue, jobs, carrierOf, span } = delivery;
  home.manager = manager;
  const time = now();
  if (definitionOf(to, manager, queue).ignored) return undefined;
  const starting = jobs.map((job): Starting => ({
    home,
    manager,
    queue,
    job,
    from: travelled(carrierOf(job)),
    by: "worker",
    time,
  }));
  const { held, batch } = begin(starting, span, to);
  const [first] = held;
  const within = (work: () => unknown): unknown => {
    if (first === undefined) return work();
    return batch === undefined ? first.run.within(work) : batch.within(first.run, work);
  };
  return (delivery.handled = { held, manager, perJob, within, ...(batch !== undefined && { batch }) });
}

/** One job has a run and its span; several have a run each, and one span for all. */
function begin(
  starting: readonly Starting[],
  span: Span | undefined,
  to: Recorder,
): { readonly held: readonly Held[]; readonly batch?: Batch } {
  const [first] = starting;
  if (first === undefined) return { held: [] };
  const adopt = span === undefined ? {} : { adopt: span };
  if (starting.length === 1) return { held: [startRun(first, to, adopt)] };
  const size = starting.length;
  const { time } = first;
  const attributes = { "job.batch.size": size };
  const batch = to.batch(
    definitionFor({ ...first, from: undefined }, to),
    { name: "job.run.started", time, seen: time, attributes },
    starting.map(({ from }) => from),
    span,
  );
  return { batch, held: starting.map((each) => startRun(each, to, { batch, size })) };
}
