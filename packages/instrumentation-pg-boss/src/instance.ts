import type { Fetched } from "./job.ts";
import type { Manager } from "./library.ts";

/** A run that has no outcome yet. */
export interface Held {
  readonly queue: string;
  readonly job: Fetched;
  /** Who tells the outcome: the worker's call of its handler, or the app, which fetched the job itself. */
  readonly by: "worker" | "app";
  /** The last call of this process that changed the stored job, and what was given to `fail`. */
  landed?: { readonly operation: string; readonly given?: unknown };
}

/** What is known of one `PgBoss` object, by its telemetry object, which all its calls pass. */
export interface Instance {
  /** Learned with the first call. */
  manager: Manager | undefined;
  /** Runs that have no outcome yet, by queue and job id. */
  readonly open: Map<string, Held>;
}

const instances = new WeakMap<object, Instance>();

/** What is known of the `PgBoss` object that a telemetry object belongs to. */
export function instanceOf(telemetry: object): Instance {
  let instance = instances.get(telemetry);
  if (instance === undefined) instances.set(telemetry, (instance = { manager: undefined, open: new Map() }));
  return instance;
}

/** A job's key among an instance's open runs. */
export const keyOf = (queue: string, id: string): string => `${queue}/${id}`;

/** A call of the manager that is on its way to the telemetry. */
export interface Entered {
  readonly manager: Manager;
  readonly args: readonly unknown[];
}

let entered: Entered | undefined;

/** Makes a call of the manager; its telemetry, which is told little of it, can then ask which one it is. */
export function entering(manager: Manager, args: readonly unknown[], go: () => unknown): unknown {
  const before = entered;
  entered = { manager, args };
  try {
    return go();
  } finally {
    entered = before;
  }
}

/** The call that led to the telemetry: the manager gets there before it waits for anything. */
export function enteredOf(telemetry: object): Entered | undefined {
  if (entered !== undefined) instanceOf(telemetry).manager = entered.manager;
  return entered;
}
