import { now } from "@jobtrail/core/event";
import { tell } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import type { JobAttributes } from "@jobtrail/conventions";
import { all, outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { knownById, knownOf, uidOf } from "./job.ts";
import type { Place } from "./job.ts";
import { movedTo, readyAt } from "./ready.ts";

/** Watches what apps do to a job by hand: start a finished one again, remove one, put one back for later. */
export const watchChanges = (Class: unknown, to: Recorder): Undo =>
  all([
    afterwards(Class, "retry", (job) => restarted(job, to)),
    afterwards(Class, "remove", (job) => removed(knownOf(to, job), to)),
    wrap(
      (Class as { prototype: unknown }).prototype,
      "moveToDelayed",
      (original) =>
        function (this: unknown, ...args) {
          // Before it is done: a sandboxed processor does not wait for it.
          movedTo(this as Job, args[0]);
          return original.apply(this, args as unknown[]);
        },
    ),
  ]);

/** Watches a method of a job, and what it has done. */
const afterwards = (Class: unknown, name: string, done: (job: Job, args: readonly unknown[]) => void): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    name,
    (original) =>
      function (this: unknown, ...args) {
        const result = original.apply(this, args as unknown[]);
        return outcome(`bullmq: ${name}`, result, () => done(this as Job, args), nothing);
      },
  );

/**
 * Watches `Queue#remove`, which is given an id alone: the job is read before it is gone, on the same
 * way to the server. BullMQ also says 1 of a job that was never there.
 */
export const watchRemovals = (Class: unknown, to: Recorder): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "remove",
    (original) =>
      function (this: unknown, ...args) {
        const known = knownById(to, this as Place, String(args[0]));
        const write = (): Promise<void> =>
          known.then((found) => found && removed(found, to)).catch((error: unknown) => tell("bullmq: remove", error));
        const result = original.apply(this, args as unknown[]);
        return outcome("bullmq: remove", result, (count) => count === 1 && void write(), nothing);
      },
  );

function restarted(job: Job, to: Recorder): void {
  readyAt(uidOf(job), Date.now());
  to.emit({
    name: "job.restarted",
    time: now(),
    seen: now(),
    attributes: { ...knownOf(to, job), "job.state": "waiting", "job.trigger.type": "manual" },
  });
}

function removed(known: JobAttributes, to: Recorder): void {
  const attributes: JobAttributes = { ...known, "job.state": "removed", "job.reason": "removed by a call" };
  to.emit({ name: "job.removed", time: now(), seen: now(), attributes });
}

const nothing = (): void => undefined;
