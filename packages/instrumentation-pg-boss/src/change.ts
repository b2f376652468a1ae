import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import { enteredOf, instanceOf, keyOf } from "./instance.ts";
import { isInternal } from "./library.ts";
import type { Entered, Instance } from "./instance.ts";
import type { Manager } from "./library.ts";
import { kindOf, readNamed } from "./job.ts";
import { badlyByPgBoss, outcomeOf } from "./outcome.ts";
import type { Over } from "./outcome.ts";
import { readRows } from "./row.ts";
import type { Row } from "./row.ts";
import { endRun } from "./run.ts";

/** A call that changed stored jobs. */
interface Change {
  readonly operation: string;
  readonly queue: string;
  readonly instance: Instance;
  readonly manager: Manager;
  /** What was given to `fail`. */
  readonly given: unknown;
  /** Whether it is part of the app's own transaction, whose connection is not ours to use. */
  readonly within: boolean;
  readonly read: typeof readRows;
}

interface Answer {
  readonly jobs: readonly string[];
  readonly requested: number;
  readonly affected: number;
  readonly settled?: readonly string[];
}

type Settling = readonly [operation: string, queue: string, ids: readonly string[], store: Call];

/** `Telemetry#settle`, which all that completes, fails, cancels or deletes jobs passes. */
export const settling = (prototype: unknown, jobs: Jobs): Tap =>
  tap<object, Settling>(prototype, "settle", (telemetry, [operation, queue, ids, store]) => {
    if (isInternal(queue) || typeof store !== "function") return undefined;
    const change = changeBy(operation, queue, instanceOf(telemetry), enteredOf(telemetry));
    if (change === undefined || jobs.ignores(kindOf(change.manager, queue))) return undefined;
    const watched = jobs.surround(store, operation, () => ({
      holds: true,
      returned: (answer) => changed(answer as Answer, change, jobs),
    }));
    return { args: [operation, queue, ids, watched] };
  });

function changeBy(
  operation: string,
  queue: string,
  instance: Instance,
  entered: Entered | undefined,
): Change | undefined {
  const manager = entered?.manager ?? instance.manager;
  if (manager === undefined) return undefined;
  const args = entered?.args ?? [];
  // The last argument holds the options: `fail` and `complete` have data before it.
  const options = args[operation === "fail" || operation === "complete" ? 3 : 2] as { db?: unknown } | undefined;
  return { operation, queue, instance, manager, given: args[2], within: options?.db !== undefined, read: readRows };
}

/** Records what a call changed. */
export async function changed(answer: Answer, change: Change, jobs: Jobs): Promise<void> {
  const { operation, queue, instance, manager, given, within, read } = change;
  const ids = answer.settled ?? (answer.affected === answer.requested ? answer.jobs : []);
  const loose: string[] = [];
  for (const id of ids) {
    const held = instance.open.get(keyOf(queue, id));
    if (held?.by === "worker") held.landed = { operation, given };
    else loose.push(id);
  }
  // Whether a failed job is tried again, and whether a cancelled one was at work, only the store tells.
  const asks = loose.length > 0 && !within && (operation === "fail" || operation === "cancel");
  const rows = asks ? await read(jobs, manager, queue, loose) : undefined;
  for (const id of loose) changedWithoutWorker(id, change, rows?.get(id), jobs);
  if (operation === "delete") for (const id of ids) jobs.event("job.removed", readNamed({ manager, queue, id }));
}

/** A change of a job that no worker of this process has: the app fetched it, or it waits, or is at work elsewhere. */
function changedWithoutWorker(id: string, change: Change, row: Row | undefined, jobs: Jobs): void {
  const { operation, queue, instance, manager, given } = change;
  const held = instance.open.get(keyOf(queue, id));
  const over: Over = {
    landed: operation,
    result: "failure",
    ...(operation === "fail" && badlyByPgBoss(given ?? {})),
    ...(operation === "complete" && { value: given }),
  };
  const outcome = outcomeOf(row, held?.job.retryCount ?? row?.retryCount ?? 0, over);
  if (held !== undefined) {
    jobs.settle(held);
    return endRun(held, outcome, instance, jobs);
  }
  // Whoever works at it will tell the end, and a deleted job is removed.
  if (operation === "delete" || (operation === "cancel" && row?.claimed === true)) return;
  const reading = readNamed({ manager, queue, id });
  if (outcome.retry !== undefined) jobs.event("job.retry_scheduled", reading, { retry: outcome.retry });
  else if (outcome.final === true) jobs.event("job.ended", reading, outcome);
}

/** `Manager#resume` and `Manager#retry`, by which people start a cancelled or failed job again. */
export const restarts = (prototype: unknown, jobs: Jobs): readonly Tap[] =>
  ["resume", "retry"].map((name) =>
    after<Manager, [string], Answer>(prototype, name, (manager, answer, [queue]) => {
      // pg-boss counts the jobs and does not name them: where it took only some, nobody knows which.
      if (answer.affected !== answer.requested) return;
      for (const id of answer.jobs) jobs.event("job.restarted", readNamed({ manager, queue, id }));
    }),
  );
