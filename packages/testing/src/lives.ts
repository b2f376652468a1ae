import { deepEqual } from "node:assert/strict";
import { events as registry } from "@jobtrail/conventions";
import type { JobAttributes } from "@jobtrail/conventions";
import { compareTimes, isSignOfLife } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";

import { variantOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** A job's events, in the order in which they happened. */
export type Life = readonly JobEvent[];

/** The jobs of a name, by `job.uid`, each with its events; what happens to their schedule is not among them. */
export function lives(events: readonly JobEvent[], name: string): readonly Life[] {
  const ofJobs = events.filter((event) => !event.name.startsWith("job.schedule."));
  const own = ofJobs.filter(({ attributes }) => isCalled(attributes, name)).toSorted(inTime);
  return [...Map.groupBy(own, ({ attributes }) => attributes["job.uid"]).values()];
}

/** Whether a job has a name: as its own, or as the end of its queue's. */
const isCalled = (attributes: JobAttributes, name: string): boolean =>
  [attributes["job.name"], attributes["job.queue.name"], attributes["job.schedule.id"]].some(
    (each) => each === name || each?.endsWith(`-${name}`) === true,
  );

/** By time; what happened at once, by its step in a job's life. */
const inTime = (one: JobEvent, other: JobEvent): number =>
  compareTimes(one.time ?? one.seen, other.time ?? other.seen) || registry[one.name].step - registry[other.name].step;

/** A life in words: `job.run.ended success`. Signs of life are left out: how many there are depends on how long a run takes. */
const describe = (life: Life): string[] =>
  life
    .filter((event) => !isSignOfLife(event))
    .map(({ name, attributes }) => (name === "job.run.ended" ? `${name} ${attributes["job.run.result"]}` : name));

/** Checks that each job of the program `main` has the events that it must have, in their order, and no other. */
export function assertLives(events: readonly JobEvent[], harness: Harness): void {
  const { sees } = variantOf(harness);
  const queued = sees.includes("job.queued") ? ["job.queued"] : [];
  const run = (result: string): string[] => ["job.run.started", `job.run.ended ${result}`];
  const found = (name: string): string[][] => lives(events, name).map(describe);
  deepEqual(found("succeed"), [[...queued, ...run("success")]]);
  deepEqual(found("fail"), [[...queued, ...run("failure")]]);
  if (sees.includes("job.retry_scheduled"))
    deepEqual(found("retry"), [[...queued, ...run("failure"), "job.retry_scheduled", ...run("success")]]);
  if (queued.length > 0) {
    const each = [...queued, ...run("success")];
    deepEqual(found("bulk"), [each, each, each]);
  }
}
