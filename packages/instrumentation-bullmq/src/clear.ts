import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import { readNamed } from "./job.ts";
import type { Owner } from "./job.ts";

/** A queue, as far as calls on many of its jobs need it. */
type Many = Owner & {
  getRanges(types: readonly string[], start: number, end: number): Promise<readonly string[]>;
};

/** So many jobs of one call are named at the most. */
const most = 1000;

const waiting = ["wait", "paused", "prioritized"];
const all = [...waiting, "delayed", "waiting-children", "completed", "failed"];

/**
 * Calls on many jobs at once, each job of which is named by its id. Only `clean` says which it removed; the others are
 * read on the same way to the server, ahead of the call. What they were, besides, is gone by then.
 */
export const clearing = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  after<Many, [unknown, unknown, string?], readonly unknown[]>(
    prototype,
    "clean",
    (owner, ids, [, , type = "completed"]) => {
      for (const id of ids.slice(0, most)) removed(owner, String(id), `cleaned: ${type}`, jobs);
    },
  ),
  ahead<[boolean?]>(
    prototype,
    "drain",
    jobs,
    ([delayed]) => (delayed === true ? [...waiting, "delayed"] : waiting),
    (owner, id) => removed(owner, id, "drained", jobs),
  ),
  ahead(
    prototype,
    "obliterate",
    jobs,
    () => all,
    (owner, id) => removed(owner, id, "obliterated", jobs),
  ),
  ahead<[{ readonly state?: string }?]>(
    prototype,
    "retryJobs",
    jobs,
    ([how]) => [how?.state ?? "failed"],
    (owner, id) => jobs.event("job.restarted", readNamed({ owner, id })),
  ),
];

const removed = (owner: Owner, id: string, reason: string, jobs: Jobs): void =>
  jobs.event("job.removed", readNamed({ owner, id }), { reason });

/** Reads which jobs a call is about before it is made, and tells of them when it was done. */
const ahead = <A extends readonly unknown[]>(
  prototype: unknown,
  name: string,
  jobs: Jobs,
  lists: (args: A) => readonly string[],
  tell: (owner: Owner, id: string) => void,
): Tap =>
  tap<Many, A>(prototype, name, (owner, args) => {
    const ids = jobs.read(() => owner.getRanges([...lists(args)], 0, most - 1));
    return {
      returned: async () => {
        for (const id of new Set((await ids)?.slice(0, most))) tell(owner, id);
      },
    };
  });
