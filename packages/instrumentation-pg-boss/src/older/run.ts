import { AsyncLocalStorage } from "node:async_hooks";
import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, Call, Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import { changed } from "../change.ts";
import { instanceOf, keyOf } from "../instance.ts";
import type { Held } from "../instance.ts";
import { kindOf, readDelivered } from "../job.ts";
import type { Fetched } from "../job.ts";
import { isInternal } from "../library.ts";
import type { Manager } from "../library.ts";
import { scheduling } from "../origin.ts";
import { readOlderRows } from "./row.ts";

/** Whether a worker of pg-boss's own fetches, and not the app. */
const byWorker = new AsyncLocalStorage<boolean>();

/** What is read of fetched jobs, by their objects: the number of the try is not among what a handler is given. */
const known = new WeakMap<object, Fetched>();

/** How jobs are fetched, worked and settled. */
export const working = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  tap<Manager, readonly unknown[]>(prototype, "work", (manager, args) => {
    const at = args.length > 2 ? 2 : 1;
    const handler = args[at];
    if (typeof handler !== "function") return undefined;
    const around = isInternal(args[0])
      ? (list: readonly Fetched[]): Around => ({ within: (go) => scheduling(list, go) })
      : (list: readonly Fetched[]): Around | undefined => handled(manager, String(args[0]), list, jobs);
    return {
      args: args.with(
        at,
        jobs.surround(handler as Call, "handler", (_, [list]) => around(list as Fetched[])),
      ),
      within: (go) => byWorker.run(true, go),
    };
  }),
  tap<Manager, [string]>(prototype, "fetch", (manager, [queue]) => {
    if (isInternal(queue) || jobs.ignores(kindOf(manager, queue))) return undefined;
    const isWorkers = byWorker.getStore() === true;
    return { holds: true, returned: (list) => fetched(manager, queue, list, isWorkers, jobs) };
  }),
  ...["complete", "fail", "cancel", "deleteJob"].map((name) => changing(prototype, name, jobs)),
  ...["resume", "retry"].map((name) =>
    after<Manager, [string], { jobs: readonly string[]; requested: number; affected: number }>(
      prototype,
      name,
      (manager, answer, [queue]) => {
        if (answer.affected !== answer.requested) return;
        for (const id of answer.jobs)
          jobs.event("job.restarted", readDelivered({ manager, queue, id, job: { id } as Fetched, from: undefined }));
      },
    ),
  ),
];

/** Reads what was handed out, before anybody is given it; what the app itself fetched, it begins to work at. */
async function fetched(manager: Manager, queue: string, list: unknown, isWorkers: boolean, jobs: Jobs): Promise<void> {
  if (!Array.isArray(list) || list.length === 0) return;
  const found = list as Fetched[];
  const rows = await readOlderRows(
    jobs,
    manager,
    queue,
    found.map(({ id }) => id),
  );
  for (const job of found) {
    const row = rows?.get(job.id);
    if (row !== undefined)
      known.set(job, {
        ...job,
        retryCount: row.retryCount,
        retryLimit: row.retryLimit,
        priority: row.priority,
        startAfter: new Date(row.readyMs),
        startedOn: new Date(row.startedMs),
        createdOn: new Date(row.createdMs),
      });
  }
  if (!isWorkers) jobs.run(workOf(manager, queue, found), { outcome: "later" });
}

function workOf(manager: Manager, queue: string, list: readonly Fetched[]): Parameters<Jobs["run"]>[0] {
  const { open } = instanceOf(manager);
  return list.map((given) => {
    const job = known.get(given) ?? { ...given, retryCount: given.retryCount ?? 0 };
    const held: Held = { queue, job, by: "app" };
    open.set(keyOf(queue, job.id), held);
    return { key: held, reading: readDelivered({ manager, queue, id: job.id, job, from: undefined }) };
  });
}

function handled(manager: Manager, queue: string, list: readonly Fetched[], jobs: Jobs): Around | undefined {
  if (jobs.ignores(kindOf(manager, queue))) return undefined;
  const around = jobs.run(workOf(manager, queue, list), { outcome: "later" });
  if (around === undefined) return undefined;
  const { within = (go: () => unknown) => go() } = around;
  // What the handler fetches is the app's.
  return { ...around, within: (go) => byWorker.run(false, () => within(go)) };
}

/** A call that changes stored jobs: the worker's own, or the app's. */
const changing = (prototype: unknown, name: string, jobs: Jobs): Tap =>
  tap<Manager, readonly unknown[]>(prototype, name, (manager, args) => {
    const [queue, , given] = args;
    if (typeof queue !== "string" || isInternal(queue) || jobs.ignores(kindOf(manager, queue))) return undefined;
    const options = args[name === "fail" || name === "complete" ? 3 : 2] as { readonly db?: unknown } | undefined;
    const change = {
      operation: name === "deleteJob" ? "delete" : name,
      queue,
      instance: instanceOf(manager),
      manager,
      given,
      within: options?.db !== undefined,
      read: readOlderRows,
    };
    return { holds: true, returned: (answer) => changed(answer as Parameters<typeof changed>[0], change, jobs) };
  });
