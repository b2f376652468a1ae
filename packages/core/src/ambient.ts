import type { JobAttributes } from "@jobtrail/conventions";
import type { Context } from "@opentelemetry/api";
import { registered } from "./globals.ts";
import { guard } from "./guard.ts";
import { storage } from "./storage.ts";
import type { Actor, Counting, JobScope } from "./storage.ts";
import { cut } from "./event/redact.ts";
import { wellFormed } from "./event/value.ts";

export type { Actor, Counting, JobScope } from "./storage.ts";

/**
 * Runs a function in whose calls every job is queued by this actor; the actor travels with the job.
 * Its type, id and name do, and nothing else that stands on the object; without an id nothing changes.
 * @example
 * import { withActor } from "@jobtrail/core";
 *
 * const queue = { add: async (name) => `${name} was queued, for Ada` };
 * console.log(await withActor({ id: "ada", name: "Ada" }, () => queue.add("invoice"))); // invoice was queued, for Ada
 */
export function withActor<T>(actor: Actor, run: () => T): T {
  const known = named(actor) as Actor | undefined;
  return storage.run({ ...storage.getStore(), ...(known !== undefined && { actor: known }) }, run);
}

/** Runs a function in whose calls every job is queued for this scope; it travels with the job as an actor does. */
export function withScope<T>(scope: JobScope, run: () => T): T {
  const known = named(scope);
  return storage.run({ ...storage.getStore(), ...(known !== undefined && { scope: known }) }, run);
}

const longest = 256;

/** What is said of an actor or a scope, and nothing else that may stand on a host's object; nothing without an id. */
export const named = (given: unknown): { type?: string; id: string; name?: string } | undefined =>
  guard("actor or scope", () => {
    const { type, id, name } = given as Partial<Record<"type" | "id" | "name", unknown>>;
    if (!isSayable(id)) return undefined;
    return {
      ...(isSayable(type) && { type: said(type) }),
      id: said(id),
      ...(isSayable(name) && { name: said(name) }),
    };
  });

const isSayable = (value: unknown): value is string | number | bigint =>
  (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "bigint";

const said = (value: string | number | bigint): string => wellFormed(cut(String(value), longest));

/**
 * Counts what the running job did: `count({ emails: 3 })`. Adds to what it counted before; outside
 * a watched run it does nothing. Anything but a finite number is left out; a point or a blank in a name becomes `_`.
 * @example
 * import { count } from "@jobtrail/core";
 *
 * async function sendReports(readers) {
 *   for (const reader of readers) count({ emails: 1, [`emails ${reader.language}`]: 1 });
 *   return readers.length;
 * }
 * console.log(await sendReports([{ language: "hu" }])); // 1
 */
export function count(counters: Readonly<Record<string, number>>): void {
  guard("count", () => storage.getStore()?.run?.count(counters));
}

/** Runs a job's work in its context, with its run, actor and scope around it. */
export function within<T>(context: Context, run: Counting, { actor, scope }: Asked, work: () => T): T {
  const manager = registered("context");
  return manager === undefined
    ? storage.run({ actor, scope, run, context }, work)
    : manager.with(context, () => storage.run({ actor, scope, run }, work));
}

/** Who asked, and for whom. */
export interface Asked {
  readonly actor?: Actor | undefined;
  readonly scope?: JobScope | undefined;
}

/** Who asks at this point of the program. */
export const asked = (): Asked => storage.getStore() ?? {};

/** No attributes. */
export const nothing: JobAttributes = Object.freeze({});

/** An actor and a scope as attributes. */
export function askedAttributes({ actor, scope }: Asked): JobAttributes {
  if (actor === undefined && scope === undefined) return nothing;
  return {
    ...(actor !== undefined && { "job.actor.type": actor.type ?? "user", "job.actor.id": actor.id }),
    ...(actor?.name !== undefined && { "job.actor.name": actor.name }),
    ...(scope !== undefined && { "job.scope.id": scope.id }),
    ...(scope?.type !== undefined && { "job.scope.type": scope.type }),
    ...(scope?.name !== undefined && { "job.scope.name": scope.name }),
  };
}
