import { waitOf } from "./job.ts";
import type { Request } from "./job.ts";

/** A job that a call asks for. */
export interface Wanted {
  readonly queue: string;
  readonly data: unknown;
  readonly request: Request;
  /** Whether it waits for other jobs of the call. */
  readonly blocked?: boolean;
  /** Its name in the call's result. */
  readonly ref?: string;
}

/** A job that a call stored, or found and kept. */
export interface Found {
  readonly queue: string;
  readonly id: string;
  /** Absent where it is not known which of the wanted jobs it is. */
  readonly wanted?: Wanted | undefined;
  /** Set for a job that was there already and stands for the wanted one. */
  readonly kept?: { readonly reason: string; readonly key: string | undefined };
}

type Given = { readonly name: string; readonly data?: unknown; readonly options?: Request | undefined };
type Flow = Given & { readonly ref: string; readonly dependsOn?: readonly string[] };

/** The jobs that a call of the manager asks for, by its arguments. */
export const asked = (operation: string, args: readonly unknown[]): readonly Wanted[] => calls[operation]?.(args) ?? [];

const calls: Readonly<Record<string, (args: readonly unknown[]) => readonly Wanted[]>> = {
  send: ([given]) => [wantedBy(given as Given)],
  upsert: ([first, data, options]) => [
    wantedBy(
      typeof first === "string" ? { name: first, data, options: options as Request | undefined } : (first as Given),
    ),
  ],
  insert: ([queue, jobs]) =>
    (jobs as Request[]).map((request) => ({ queue: queue as string, data: request.data, request })),
  flow: ([jobs]) =>
    (jobs as Flow[]).map((job) => ({
      ...wantedBy(job),
      ref: job.ref,
      ...((job.dependsOn ?? []).length > 0 && { blocked: true }),
    })),
};

const wantedBy = ({ name, data, options = {} }: Given): Wanted => ({ queue: name, data, request: options });

/** The jobs that a call stored, by its result. */
export const storedBy = (
  operation: string,
  queue: string | null,
  wanted: readonly Wanted[],
  result: unknown,
): readonly Found[] => results[operation]?.(queue ?? "", wanted, result) ?? [];

type Reading = (queue: string, wanted: readonly Wanted[], result: unknown) => readonly Found[];

const results: Readonly<Record<string, Reading>> = {
  // pg-boss gives null where its limits did not let it store the job.
  send: (queue, [wanted], id) => (typeof id === "string" ? [{ queue, id, wanted }] : []),
  upsert(queue, [wanted], result) {
    const { jobs, inserted } = result as { jobs: readonly string[]; inserted: number };
    if (inserted > 0) return jobs.map((id) => ({ queue, id, wanted }));
    const key = wanted?.request.singletonKey;
    const reason = key === undefined ? "a job with this id waits" : "a job with this singleton key waits";
    return jobs.map((id) => ({ queue, id, wanted, kept: { reason, key } }));
  },
  insert(queue, wanted, result) {
    const ids = (result ?? []) as readonly string[];
    const byId = new Map(wanted.map((each) => [each.request.id, each]));
    // Rows that were not stored leave no gap in the result: then only a chosen id tells which is which.
    const all = ids.length === wanted.length;
    return ids.map((id, index) => ({ queue, id, wanted: byId.get(id) ?? (all ? wanted[index] : undefined) }));
  },
  flow: (_, wanted, result) =>
    wanted.map((each) => ({
      queue: each.queue,
      id: (result as Record<string, string>)[each.ref ?? ""] ?? "",
      wanted: each,
    })),
};

/** How long all of a call's jobs were told to wait, in milliseconds; nothing where it differs or is not known. */
export function sharedWait(wanted: readonly Wanted[], nowMs: number): number | undefined {
  if (wanted.some(({ blocked }) => blocked)) return undefined;
  const waits = new Set(wanted.map(({ request }) => waitOf(request, nowMs)));
  const [wait] = waits;
  if (waits.size !== 1) return undefined;
  return wait === "none" ? 0 : typeof wait === "number" ? wait : undefined;
}
