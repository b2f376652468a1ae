import { hash } from "node:crypto";
import type { JobAttributes } from "@jobtrail/conventions";
import { fold } from "@jobtrail/core/fold";
import type { Job, Run } from "@jobtrail/core/fold";
import type { JobEvent } from "@jobtrail/core/event";
import { DeliveryError, replay, runSource } from "@jobtrail/delivery/source";
import type { Checkpoint, EventSink, Known } from "@jobtrail/delivery/source";
import { pauseMs } from "./pace.ts";
import type { BridgePage, BridgeSource, QueueSize, Surroundings } from "./source.ts";
import type { Telemetry } from "./telemetry.ts";

/** One bridge at work. */
export interface BridgeRun extends Surroundings {
  readonly source: BridgeSource;
  readonly checkpoint: Checkpoint;
  readonly stop: AbortSignal;
  /** Where telemetry goes; without it the events are shown, and nothing is sent or remembered. */
  readonly telemetry?: Telemetry | undefined;
  /** Takes the events of a dry run. */
  readonly show: (event: JobEvent) => void;
  /** Whether runs count in metrics: those of a backfill do not, because their time is long past. */
  readonly counts: boolean;
  /** Called after each page that was acknowledged. */
  readonly acknowledged?: (page: BridgePage) => void;
}

/**
 * Reads a source until it ends or is stopped: records are sent and acknowledged, ended runs become spans with their
 * true times, and only then the checkpoint moves. A receiver that is away is waited for.
 * @throws CheckpointError if the position cannot be read or stored.
 */
export async function runBridge(run: BridgeRun): Promise<void> {
  const { checkpoint, stop, say, clock, status, name } = run;
  const refused = (): void => undefined;
  let said = "";
  for (let tries = 1; !stop.aborted; tries++) {
    const { source, sink } = connected(run, () => {
      [tries, said] = [0, ""];
    });
    try {
      await runSource({ source, checkpoint, sink, stop, refused, say });
      return;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      status.failed(error.message);
      // The same failure is said once, not with each try.
      if (error.message !== said)
        say(`${name}: ${error.message} Nothing is lost: it is read again from where the receiver has it.`);
      said = error.message;
      await clock.wait(pauseMs(tries), stop);
    }
  }
}

/** A source and its sink, which know of each other what page is on its way. */
function connected(run: BridgeRun, moved: () => void): { readonly source: BridgeSource; readonly sink: EventSink } {
  const { source, telemetry, status } = run;
  const spans = telemetry === undefined ? undefined : spansOf(telemetry, run);
  let current: BridgePage | undefined;
  return {
    source: {
      name: source.name,
      mark: (stored) => source.mark(stored),
      async *read(from, stop) {
        for await (const page of source.read(from, stop)) {
          current = page;
          yield page;
          moved();
          status.read(page.records);
          if (page.until !== undefined) status.caughtUp(page.until);
          run.acknowledged?.(page);
        }
      },
    },
    sink: {
      async write(events, stop) {
        if (telemetry === undefined) return events.forEach(run.show);
        await telemetry.records.write(events, stop);
        if (stop.aborted) throw new DeliveryError("it was stopped before the receiver had all");
        if (current !== undefined) await spans?.(current);
      },
    },
  };
}

const mostRemembered = 20_000;

/** Makes spans and metrics of the runs that ended in a page, once each. */
function spansOf(telemetry: Telemetry, { counts, system }: BridgeRun): (page: BridgePage) => Promise<void> {
  const made = new Set<string>();
  return async ({ events, carriers, uncounted, counters, queues = [] }) => {
    const ended = new Set<string>();
    for (const { name, attributes } of events)
      if (name === "job.run.ended" && attributes["job.uid"] !== undefined) ended.add(attributes["job.uid"]);
    const jobs = fold(events.filter(({ attributes }) => ended.has(attributes["job.uid"] ?? "")))
      .map((job) => withWholeRuns(job, made, counters))
      .filter(({ runs }) => runs.length > 0);
    if (made.size > mostRemembered) made.clear();
    const isCounted = ({ uid }: Job): boolean => counts && uncounted?.has(uid) !== true;
    const how: Known = ({ uid }, run) => ({ from: carriers?.get(uid), identity: identityOf(run.uid ?? uid) });
    replay(jobs.filter(isCounted), telemetry.counting, how);
    replay(
      jobs.filter((job) => !isCounted(job)),
      telemetry.tracing,
      how,
    );
    if (counts) for (const event of events) if (countedAlone.has(event.name)) telemetry.counting.emit(event);
    measure(queues, system, telemetry);
    if (jobs.length > 0) await telemetry.flushSpans();
  };
}

function measure(queues: readonly QueueSize[], system: string, { bind }: Telemetry): void {
  for (const { queue, state, jobs, oldestSeconds } of queues) {
    const of = { "job.system.name": system, "job.queue.name": queue };
    bind("job.queue.size", { ...of, "job.state": state })(jobs);
    if (oldestSeconds !== undefined) bind("job.queue.oldest_job.age", of)(oldestSeconds);
  }
}

/** Events that count without a run. */
const countedAlone: ReadonlySet<string> = new Set(["job.stalled", "job.schedule.missed", "job.retry_scheduled"]);

/**
 * The runs that were seen to start and to end, and that no span was made of before. Where a source says no times, they
 * are those at which it was seen.
 */
function withWholeRuns(job: Job, made: Set<string>, counters: BridgePage["counters"]): Job {
  const runs = job.runs.flatMap((run): Run[] => {
    const { uid = job.uid, started, ended } = run;
    if (started === undefined || ended === undefined || made.has(uid)) return [];
    made.add(uid);
    const start = run.start ?? started.seen;
    const more = counters?.get(uid);
    return [
      {
        ...run,
        start,
        started: { ...started, time: start, attributes: { ...started.attributes, ...waitIn(more) } },
        ended: { ...ended, attributes: { ...ended.attributes, ...more } },
      },
    ];
  });
  return { ...job, runs };
}

const waitIn = (more: JobAttributes | undefined): JobAttributes => {
  const wait = more?.["job.run.wait"];
  return wait === undefined ? {} : { "job.run.wait": wait };
};

/** The ids of a run's span: a run that is read twice gives one span. */
export function identityOf(run: string): { readonly traceId: string; readonly spanId: string } {
  const digits = hash("sha256", `span of ${run}`);
  return { traceId: digits.slice(0, 32), spanId: digits.slice(32, 48) };
}
