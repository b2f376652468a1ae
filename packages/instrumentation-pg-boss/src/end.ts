import { now } from "@jobtrail/core/event";
import type { JobError } from "@jobtrail/core/event";
import { guard } from "@jobtrail/core/recorder";
import type { Batch, Recorder } from "@jobtrail/core/recorder";
import type { JobResult } from "pg-boss";
import { keyOf } from "./home.ts";
import type { Home, Manager } from "./home.ts";
import { badly, badlyByPgBoss, completed, retryEvent, verdictOf } from "./outcome.ts";
import type { Over, Verdict } from "./outcome.ts";
import { readRows } from "./row.ts";
import { readyAt } from "./start.ts";
import type { Held } from "./start.ts";

/** A handler's call for the jobs of one delivery. */
export interface Handled {
  readonly held: readonly Held[];
  readonly manager: Manager;
  /** Whether the handler gives a result for each job. */
  readonly perJob: boolean;
  readonly batch?: Batch;
  readonly within: (work: () => unknown) => unknown;
  /** What the handler gave or threw; absent while it works. */
  settled?: { readonly value: unknown } | { readonly thrown: unknown };
}

/** What pg-boss failed a delivery with, or could not store its outcome for. */
export interface Failed {
  readonly with: unknown;
}

/**
 * Writes the ends of a delivery's runs. A job that was completed here is done; what became of any
 * other, only the stored job tells: whether it will be tried again, and when.
 */
export async function endDelivery(
  handled: Handled,
  home: Home,
  failed: Failed | undefined,
  to: Recorder,
): Promise<void> {
  const { held, manager, batch } = handled;
  // A transaction that failed takes its completions back.
  const unclear = held.filter(({ landed }) => failed !== undefined || landed?.operation !== "complete");
  const [first] = unclear;
  const ids = unclear.map(({ job }) => job.id);
  const rows = first === undefined ? undefined : await readRows(manager, first.queue, ids);
  let worst: JobError | undefined;
  for (const each of held)
    guard("pgboss: end", () => {
      const { id, retryCount } = each.job;
      const over = overOf(each, handled, failed, to);
      const verdict = unclear.includes(each) ? verdictOf(rows?.get(id), retryCount, over) : completed(over.output);
      worst ??= verdict.error;
      endRun(each, verdict, home);
    });
  batch?.end(worst);
}

function overOf(held: Held, handled: Handled, failed: Failed | undefined, to: Recorder): Over {
  const { operation: landed } = held.landed ?? {};
  const { thrown, item, value } = gaveOf(handled, held.job.id);
  const known = { landed, output: to.output(value) };
  if (landed !== "fail") {
    const error = failed?.with ?? thrown;
    return { ...known, ...(error === undefined ? { result: "failure" } : badly(error, to)) };
  }
  const given = held.landed?.given ?? item;
  return { ...known, ...(given === thrown ? badly(given, to) : badlyByPgBoss(given, to)) };
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
  const own = dispositionOf(settled.value, id);
  if (own === undefined) return { item: new Error("The handler gave no result for this job.") };
  return { value: own.output as unknown, item: own.output as unknown };
}

/** A job's own result among those that the handler gave; pg-boss takes the last. */
const dispositionOf = (value: unknown, id: string): JobResult | undefined =>
  Array.isArray(value) ? (value as JobResult[]).findLast((item) => item?.id === id) : undefined;

/** Writes a run's end, and the try that will follow it. */
export function endRun(held: Held, { attributes, error, retry }: Verdict, home: Home): void {
  const { run, queue, job, uid } = held;
  // A later claim of the same job may stand there by now.
  if (home.open.get(keyOf(queue, job.id)) === held) home.open.delete(keyOf(queue, job.id));
  run.end({ name: "job.run.ended", seen: now(), attributes, ...(error !== undefined && { error }) });
  if (retry === undefined) return;
  readyAt(uid, retry.readyMs);
  run.emit(retryEvent(retry));
}
