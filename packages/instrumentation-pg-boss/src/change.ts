import type { JobAttributes } from "@jobtrail/conventions";
import { now } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { guard, tell } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";

import { all, outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import { endRun } from "./end.ts";
import { enteredOf, homeOf, isInternal, keyOf } from "./home.ts";
import type { Entered, Home, Manager } from "./home.ts";
import { constantsOf, definitionOf, identityOf } from "./job.ts";
import { badly, retryEvent, verdictOf } from "./outcome.ts";
import type { Over, Verdict } from "./outcome.ts";
import { readRows } from "./row.ts";
import type { Row } from "./row.ts";

/** A call that changed stored jobs. */
interface Change {
  readonly operation: string;
  readonly queue: string;
  readonly home: Home;
  readonly manager: Manager;
  /** What was given to `fail`. */
  readonly given: unknown;
  /** Whether it is part of the app's own transaction, whose connection is not ours to use. */
  readonly within: boolean;
}

type Store = () => Promise<Answer>;
type Answer = {
  readonly jobs: readonly string[];
  readonly requested: number;
  readonly affected: number;
  readonly settled?: readonly string[];
};

/** Watches `Telemetry#settle`, which all that completes, fails, cancels or deletes jobs passes. */
export const watchSettling = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "settle",
    (original) =>
      function (...args) {
        const [operation, queue, ids, store] = args as [string, string, string[], Store];
        if (isInternal(queue) || typeof store !== "function") return original.apply(this, args as unknown[]);
        const entered = guard("pgboss: settle", () => enteredOf(this));
        const home = homeOf(this);
        const settling: Store = async () => {
          const answer = await store();
          await changed(answer, changeBy(operation, queue, home, entered), to).catch((error: unknown) =>
            tell(`pgboss: ${operation}`, error),
          );
          return answer;
        };
        return original.call(this, operation, queue, ids, settling);
      },
  );

function changeBy(operation: string, queue: string, home: Home, entered: Entered | undefined): Change | undefined {
  const manager = entered?.manager ?? home.manager;
  if (manager === undefined) return undefined;
  const args = entered?.args ?? [];
  // The last argument holds the options: `fail` and `complete` have data before it.
  const options = args[operation === "fail" || operation === "complete" ? 3 : 2] as { db?: unknown } | undefined;
  return { operation, queue, home, manager, given: args[2], within: options?.db !== undefined };
}

async function changed(answer: Answer, change: Change | undefined, to: Recorder): Promise<void> {
  if (change === undefined || definitionOf(to, change.manager, change.queue).ignored) return;
  const { operation, queue, home, manager, given, within } = change;
  const ids = answer.settled ?? (answer.affected === answer.requested ? answer.jobs : []);
  const loose: string[] = [];
  for (const id of ids) {
    const held = home.open.get(keyOf(queue, id));
    if (held?.by === "worker") held.landed = { operation, given };
    else loose.push(id);
  }
  // Whether a failed job is tried again, and whether a cancelled one was at work, only the store tells.
  const asks = loose.length > 0 && !within && (operation === "fail" || operation === "cancel");
  const rows = asks ? await readRows(manager, queue, loose) : undefined;
  for (const id of loose) guard(`pgboss: ${operation}`, () => tellOf(id, change, rows?.get(id), to));
  if (operation === "delete") for (const id of ids) to.emit(eventOf("job.removed", change, id, removed));
}

const removed: JobAttributes = { "job.state": "removed", "job.reason": "removed by a call" };

/** A change of a job that no worker of this process has: the app fetched it, or it waits, or is at work elsewhere. */
function tellOf(id: string, change: Change, row: Row | undefined, to: Recorder): void {
  const { operation, queue, home, given } = change;
  const held = home.open.get(keyOf(queue, id));
  const over: Over = { landed: operation, ...(operation === "fail" ? badly(given, to) : { result: "failure" }) };
  const verdict = verdictOf(row, held?.job.retryCount ?? row?.retryCount ?? 0, over);
  if (held !== undefined) {
    held.run.settled(now());
    return endRun(held, verdict, home);
  }
  // Whoever works at it will tell the end, and a deleted job is removed.
  if (operation === "delete" || (operation === "cancel" && row?.claimed === true)) return;
  if (verdict.retry !== undefined) return to.emit(retryEvent(verdict.retry, knownOf(change, id)));
  const { "job.run.final": final, ...attributes } = verdict.attributes;
  if (final === true) to.emit({ ...eventOf("job.ended", change, id, attributes), ...errorIn(verdict) });
}

const errorIn = ({ error }: Verdict): Pick<JobEvent, "error"> => (error === undefined ? {} : { error });

type Place = Pick<Change, "manager" | "queue">;

const knownOf = ({ manager, queue }: Place, id: string): JobAttributes => ({
  ...constantsOf(manager, queue),
  ...identityOf(manager, queue, id),
});

const eventOf = (name: JobEvent["name"], place: Place, id: string, attributes: JobAttributes): JobEvent => ({
  name,
  time: now(),
  seen: now(),
  attributes: { ...knownOf(place, id), ...attributes },
});

/** Watches `Manager#resume` and `Manager#retry`, by which people start a cancelled or failed job again. */
export const watchRestarts = (prototype: unknown, to: Recorder): Undo =>
  all(
    ["resume", "retry"].map((name) =>
      wrap(
        prototype,
        name,
        (original) =>
          function (...args) {
            const place: Place = { manager: this as Manager, queue: args[0] as string };
            return outcome(
              `pgboss: ${name}`,
              original.apply(this, args as unknown[]),
              (answer) => restarted(answer as Answer, place, to),
              () => undefined,
            );
          },
      ),
    ),
  );

/** pg-boss counts the jobs and does not name them: where it took only some, nobody knows which. */
function restarted({ jobs, requested, affected }: Answer, place: Place, to: Recorder): void {
  if (affected !== requested) return;
  const attributes = { "job.state": "waiting", "job.trigger.type": "manual" } as const;
  for (const id of jobs) to.emit(eventOf("job.restarted", place, id, attributes));
}
