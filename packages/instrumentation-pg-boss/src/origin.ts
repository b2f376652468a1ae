import { AsyncLocalStorage } from "node:async_hooks";
import type { TriggerType } from "@jobtrail/conventions";
import { guard } from "@jobtrail/core/recorder";

/** What made a job. */
export interface Origin {
  readonly trigger: TriggerType;
  readonly schedule?: string;
}

/** What makes jobs at this point of the program, where it is not the app's own call. */
interface Making {
  readonly trigger: TriggerType;
  /** The schedules' occurrences that are being sent, in the order in which they are. */
  readonly due: Due[];
}

/** What pg-boss's own queue holds for each occurrence of a schedule. */
interface Due {
  readonly name: string;
  readonly key?: string;
  readonly data?: unknown;
}

const storage = new AsyncLocalStorage<Making>();

/** Makes a call that sends an event to the queues that subscribed to it. */
export const publishing = <T>(go: () => T): T => storage.run({ trigger: "event", due: [] }, go);

/** Runs pg-boss's own handler, which sends the jobs of schedules. */
export const scheduling = <T>(jobs: readonly { readonly data: unknown }[], go: () => T): T =>
  storage.run(
    { trigger: "cron", due: guard("pgboss: schedules", () => jobs.map(({ data }) => data as Due)) ?? [] },
    go,
  );

/** What made a job of this queue with this payload. */
export function originOf(queue: string, data: unknown): Origin {
  const making = storage.getStore();
  if (making === undefined) return { trigger: "api" };
  // The request holds the very payload, but not the schedule's key.
  const at = making.due.findIndex((due) => due.name === queue && due.data === data);
  const [due] = at < 0 ? [] : making.due.splice(at, 1);
  return { trigger: making.trigger, ...(due !== undefined && { schedule: scheduleOf(due) }) };
}

/** A schedule's id: its queue, and its key where the queue has several schedules. */
const scheduleOf = ({ name, key = "" }: Due): string => (key === "" ? name : `${name}/${key}`);
