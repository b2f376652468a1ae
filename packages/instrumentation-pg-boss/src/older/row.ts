import type { Jobs } from "@jobtrail/instrumentation/adapter";
import type { Manager } from "../library.ts";
import type { Row } from "../row.ts";

/** A stored job, with what a fetched one does not say without `includeMetadata`. */
export interface OlderRow extends Row {
  readonly startedMs: number;
  readonly createdMs: number;
  readonly priority: number;
}

/** Reads jobs of one queue by their ids. Never rejects. */
export const readOlderRows = (
  jobs: Jobs,
  manager: Manager,
  queue: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OlderRow> | undefined> =>
  jobs.read(async () => {
    const result = await manager.db.executeSql(textOf(manager.config.schema), [queue, ids]);
    return new Map((result?.rows ?? []).map((row) => [(row as Stored).id, rowOf(row as Stored)]));
  });

const textOf = (schema: string): string => `
  SELECT id::text AS id, state::text AS state, retry_count, retry_limit, priority,
    (extract(epoch from start_after) * 1000)::float8 AS ready_ms,
    (extract(epoch from started_on) * 1000)::float8 AS started_ms,
    (extract(epoch from created_on) * 1000)::float8 AS created_ms,
    dead_letter, coalesce(output #>> '{value,message}', output #>> '{message}') AS note
  FROM ${schema}.job
  WHERE name = $1 AND id = ANY($2::uuid[])`;

interface Stored {
  readonly id: string;
  readonly state: string;
  readonly retry_count: number;
  readonly retry_limit: number;
  readonly priority: number;
  readonly ready_ms: number;
  readonly started_ms: number | null;
  readonly created_ms: number;
  readonly dead_letter: string | null;
  readonly note: string | null;
}

const rowOf = (stored: Stored): OlderRow => ({
  id: stored.id,
  state: stored.state,
  retryCount: stored.retry_count,
  retryLimit: stored.retry_limit,
  readyMs: stored.ready_ms,
  startedMs: stored.started_ms ?? 0,
  createdMs: stored.created_ms,
  priority: stored.priority,
  // Whether a cancelled job was at work, its times say.
  claimed: stored.started_ms !== null && stored.state === "cancelled",
  deadLetter: stored.dead_letter ?? undefined,
  note: stored.note ?? undefined,
});
