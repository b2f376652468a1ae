import type { Jobs } from "@jobtrail/instrumentation/adapter";
import type { Database, Manager } from "./library.ts";

/** What a stored job says of its last attempt. */
export interface Row {
  readonly id: string;
  readonly state: string;
  /** Which attempt it is of, from 0: it grows when the job is claimed again. */
  readonly retryCount: number;
  readonly retryLimit: number;
  /** When it may start, in milliseconds since the epoch. */
  readonly readyMs: number;
  /** Whether it was at work when it was changed last: a failure clears its heartbeat, a cancellation does not. */
  readonly claimed: boolean;
  readonly deadLetter: string | undefined;
  /** What pg-boss's supervisor wrote where it took the job from a worker. */
  readonly note: string | undefined;
}

/** Jobs as they are stored, by id; nothing where they could not be read. */
export type Rows = ReadonlyMap<string, Row> | undefined;

/** Reads jobs of one queue by their primary key. Never rejects. */
export const readRows = (jobs: Jobs, manager: Manager, queue: string, ids: readonly string[]): Promise<Rows> =>
  jobs.read(() => rowsOf(manager.db, textOf(manager.config.schema), queue, ids));

async function rowsOf(db: Database, text: string, queue: string, ids: readonly string[]): Promise<Rows> {
  const result = await db.executeSql(text, [queue, ids]);
  return new Map((result?.rows ?? []).map((row) => [(row as Stored).id, rowOf(row as Stored)]));
}

const textOf = (schema: string): string => `
  SELECT id::text AS id, state::text AS state, retry_count, retry_limit,
    (extract(epoch from start_after) * 1000)::float8 AS ready_ms,
    heartbeat_on IS NOT NULL AS claimed, dead_letter, output #>> '{value,message}' AS note
  FROM ${schema}.job
  WHERE name = $1 AND id = ANY($2::uuid[])`;

interface Stored {
  readonly id: string;
  readonly state: string;
  readonly retry_count: unknown;
  readonly retry_limit: unknown;
  readonly ready_ms: unknown;
  readonly claimed: boolean;
  readonly dead_letter: string | null;
  readonly note: string | null;
}

// CockroachDB gives integers as texts.
const rowOf = (stored: Stored): Row => ({
  id: stored.id,
  state: stored.state,
  retryCount: Number(stored.retry_count),
  retryLimit: Number(stored.retry_limit),
  readyMs: Number(stored.ready_ms),
  claimed: stored.claimed,
  deadLetter: stored.dead_letter ?? undefined,
  note: stored.note ?? undefined,
});
