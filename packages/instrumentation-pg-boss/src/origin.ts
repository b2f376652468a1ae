import { AsyncLocalStorage } from "node:async_hooks";
import type { TriggerType } from "@jobtrail/conventions";
import { guard } from "@jobtrail/core/recorder";

/** What makes jobs at this point of the program, where it is not the app's own call. */
interface Origin {
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

const storage = new AsyncLocalStorage<Origin>();

/** Runs a call that sends an event to the queues that subscribed to it. */
export const publishing = <T>(work: () => T): T => storage.run({ trigger: "event", due: [] }, work);

/** Runs pg-boss's own handler, which sends the jobs of schedules. */
export const scheduling = <T>(jobs: readonly { readonly data: unknown }[], work: () => T): T =>
  storage.run(
    { trigger: "cron", due: guard("pgboss: schedules", () => jobs.map(({ data }) => data as Due)) ?? [] },
    work,
  );

/** What made a job of this queue with this payload. */
export function originOf(queue: string, data: unknown): { readonly trigger: TriggerType; readonly schedule?: string } {
  const origin = storage.getStore();
  if (origin === undefined) return { trigger: "api" };
  // The request holds the very payload, but not the schedule's key.
  const at = origin.due.findIndex((due) => due.name === queue && due.data === data);
  const [due] = at < 0 ? [] : origin.due.splice(at, 1);
  return { trigger: origin.trigger, ...(due !== undefined && { schedule: scheduleOf(due) }) };
}

/** A schedule's id: its queue, and its key where the queue has several schedules. */
const scheduleOf = ({ name, key = "" }: Due): string => (key === "" ? name : `${name}/${key}`);
