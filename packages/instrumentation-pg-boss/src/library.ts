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

/** Whether it is a queue of pg-boss's own, by which it makes the jobs of its schedules. */
export const isInternal = (queue: unknown): boolean => typeof queue === "string" && queue.startsWith("__pgboss__");
