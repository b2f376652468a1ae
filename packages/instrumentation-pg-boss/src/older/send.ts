import { randomUUID } from "node:crypto";
import { now, toMillis } from "@jobtrail/core/event";
import { tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { kindOf, readSent } from "../job.ts";
import type { Request } from "../job.ts";
import { isInternal } from "../library.ts";
import type { Manager } from "../library.ts";
import { originOf, publishing } from "../origin.ts";
import type { Origin } from "../origin.ts";
import { readOlderRows } from "./row.ts";

/** A job as a call asks for it. */
interface Wanted {
  readonly name: string;
  readonly data?: unknown;
  readonly options?: Request | undefined;
}

const api: Origin = { trigger: "api" };

/** The functions of the manager that store jobs. */
export const sending = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  tap<Manager, readonly unknown[]>(prototype, "publish", () => ({ within: publishing })),
  // Version 12 gives one object, 10 and 11 a name and more; a debounced job is tried a second time, from within.
  tap<Manager, readonly unknown[]>(prototype, "createJob", (manager, [first, data, options, offset]) => {
    const wanted = (typeof first === "string" ? { name: first, data, options } : first) as Wanted;
    if (isInternal(wanted.name) || (typeof offset === "number" && offset > 0)) return undefined;
    const origin = originOf(wanted.name, wanted.data);
    const atMs = toMillis(now());
    return jobs.queue({
      verb: "send",
      to: kindOf(manager, wanted.name, origin.schedule),
      // pg-boss gives null where its limits did not let it store the job.
      stored: (id) => (typeof id === "string" ? [storedOf({ manager, wanted, origin, atMs }, id)] : []),
    });
  }),
  tap<Manager, readonly unknown[]>(prototype, "insert", (manager, args) => inserting(manager, args, jobs)),
  tap<Manager, [readonly (Wanted & { readonly ref: string; readonly dependsOn?: readonly string[] })[]]>(
    prototype,
    "flow",
    (manager, [flow]) => {
      const atMs = toMillis(now());
      return jobs.queue({
        verb: "flow",
        // Its jobs may go to several queues.
        to: kindOf(manager, flow[0]?.name ?? ""),
        stored: (ids) =>
          flow.map((wanted) => {
            const isBlocked = (wanted.dependsOn ?? []).length > 0;
            return storedOf(
              { manager, wanted, origin: api, atMs, isBlocked },
              String((ids as Record<string, string>)[wanted.ref]),
            );
          }),
      });
    },
  ),
];

interface Sent {
  readonly manager: Manager;
  readonly wanted: Wanted;
  readonly origin: Origin;
  readonly atMs: number;
  readonly isBlocked?: boolean;
}

function storedOf({ manager, wanted, origin, atMs, isBlocked = false }: Sent, id: string): Stored {
  const { name: queue, data, options: request = {} } = wanted;
  return {
    reading: readSent({ manager, queue, id, schedule: origin.schedule, origin, request, data, isBlocked, atMs }),
  };
}

/** `insert`: version 10 takes jobs of any queue, later ones of one. Most give no ids, so jobs without one are given one here. */
function inserting(manager: Manager, args: readonly unknown[], jobs: Jobs): ReturnType<Jobs["queue"]> {
  const at = Array.isArray(args[0]) ? 0 : 1;
  const queue = at === 0 ? undefined : String(args[0]);
  const given = args[at];
  if (!Array.isArray(given) || isInternal(queue)) return undefined;
  const list = (given as readonly Request[]).map((job): Request & { readonly id: string } => ({
    ...job,
    id: job.id ?? randomUUID(),
  }));
  const atMs = toMillis(now());
  const isWithin = (args[at + 1] as { readonly db?: unknown } | undefined)?.db !== undefined;
  const around = jobs.queue({
    verb: "insert",
    // Before version 11 its jobs may go to several queues.
    to: kindOf(manager, queue ?? String((list[0] as { readonly name?: unknown } | undefined)?.name)),
    stored: () => {
      const byQueue = Map.groupBy(list, (job) => queue ?? String((job as { readonly name?: unknown }).name));
      return [...byQueue].flatMap(([name, own]) => {
        // What pg-boss's limits did not let it store is not there. In the app's own transaction nobody can look yet.
        const rows = isWithin
          ? undefined
          : readOlderRows(
              jobs,
              manager,
              name,
              own.map(({ id }) => id),
            );
        return own.map(async (request): Promise<Stored | undefined> => {
          if ((await rows)?.has(request.id) === false) return undefined;
          return storedOf(
            { manager, wanted: { name, data: request.data, options: request }, origin: api, atMs },
            request.id,
          );
        });
      });
    },
  });
  return around && { ...around, args: args.with(at, list) };
}
