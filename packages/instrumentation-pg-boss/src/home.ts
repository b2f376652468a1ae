import type { Held } from "./run.ts";

/** What of pg-boss's manager is read; each `PgBoss` object has one. */
export interface Manager {
  readonly config: { readonly schema: string; readonly __test__enableSpies?: boolean };
  readonly db: Database;
  /** The queues' rows, as they were read last. */
  readonly queues: Readonly<Record<string, { readonly retryLimit?: number } | undefined>> | null;
}

/** Whatever runs pg-boss's SQL: its own pool, or the app's adapter or transaction. */
export interface Database {
  executeSql(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] } | undefined>;
}

/** What is known of one `PgBoss` object, by its telemetry object, which all its calls pass. */
export interface Home {
  /** Learned with the first call. */
  manager: Manager | undefined;
  /** Runs that have no outcome yet, by queue and job id. */
  readonly open: Map<string, Held>;
}

const homes = new WeakMap<object, Home>();

/** What is known of the `PgBoss` object that a telemetry object belongs to. */
export function homeOf(telemetry: object): Home {
  let home = homes.get(telemetry);
  if (home === undefined) homes.set(telemetry, (home = { manager: undefined, open: new Map() }));
  return home;
}

/** A job's key among a home's open runs. */
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
  if (entered !== undefined) homeOf(telemetry).manager = entered.manager;
  return entered;
}

/** Whether it is a queue of pg-boss's own, by which it makes the jobs of its schedules. */
export const isInternal = (queue: unknown): boolean => typeof queue === "string" && queue.startsWith("__pgboss__");
