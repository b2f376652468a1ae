import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { now as clock } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Appended, Change, Store, StoreOptions, Summary } from "./contract.ts";
import { forget, isStale, refresh } from "./store/cache.ts";
import { Database } from "./store/database.ts";
import { makeFolder } from "./store/folder.ts";
import { eventsOf, jobOf, linesOf } from "./store/history.ts";
import { ingest } from "./store/ingest.ts";
import { choices, list } from "./store/list.ts";
import { holdFolder } from "./store/lock.ts";
import type { Release } from "./store/lock.ts";
import { pruneJobs, pruneRest } from "./store/prune.ts";
import { addCount, cacheIsCurrent, count, prepareTables } from "./store/tables.ts";
import type { JobRow } from "./view.ts";

/** The file's name in its folder. */
export const fileName = "jobs.db";

/** Jobs that are forgotten in one transaction. */
const portion = 200;

/**
 * Opens the job log's store, and makes it where there is none.
 * @throws StoreError where the folder or the file cannot be used, or another job log uses it.
 */
export function openStore({ data }: StoreOptions = {}): Store {
  if (data !== undefined) makeFolder(data);
  const db = new Database(data === undefined ? ":memory:" : join(data, fileName));
  let release: Release = () => undefined;
  try {
    if (data !== undefined) release = holdFolder(data);
    if (prepareTables(db)) db.transaction(() => rebuild(db));
  } catch (cause) {
    db.close();
    release();
    throw cause;
  }
  return storeOn(db, release);
}

function storeOn(db: Database, release: Release): Store {
  const listeners = new Set<() => void>();
  let isOpen = true;

  const changing = <Result>(work: () => Result): Result => {
    const before = count(db, "change");
    const result = db.transaction(work);
    if (count(db, "change") !== before) for (const listener of listeners) listener();
    return result;
  };

  /** Another program may have changed the records: what is shown is always what they tell. */
  const reading = <Result>(read: () => Result): Result => {
    if (isStale(db)) changing(() => refresh(db, clock()));
    return read();
  };

  return {
    append: (batch, refused, now): Appended =>
      changing(() => {
        const appended = ingest(db, batch, refused, now);
        refresh(db, now);
        return appended;
      }),
    countSpans: (n) => void addCount(db, "spans", n),
    countPoints: (n) => void addCount(db, "metrics", n),
    summary: () => reading(() => summaryOf(db)),
    list: (filter, place) => reading(() => list(db, filter, place)),
    choices: () => reading(() => choices(db)),
    job: (uid) => jobOf(db, uid),
    events: (uid) => eventsOf(db, uid),
    lines: (uid) => linesOf(db, uid),
    newest: () => reading(() => count(db, "change")),
    changes: (after, most) => reading(() => changesOf(db, after, most)),
    watch(listener) {
      // Wrapped, so that each watch is one of its own, whatever is given twice.
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async prune(before: HrTime): Promise<number> {
      let gone = 0;
      while (isOpen) {
        const some = changing(() => pruneJobs(db, before, portion));
        if (some === 0) break;
        gone += some;
        await setImmediate();
      }
      if (isOpen) db.transaction(() => pruneRest(db, before));
      return gone;
    },
    rebuild: () => changing(() => rebuild(db)),
    close() {
      if (!isOpen) return;
      isOpen = false;
      db.close();
      release();
    },
  };
}

function rebuild(db: Database): void {
  forget(db);
  refresh(db, clock());
  cacheIsCurrent(db);
}

function summaryOf(db: Database): Summary {
  const totals = db.all<Total>("SELECT * FROM totals");
  const sum = (what: "jobs" | "failed" | "runs" | "retries" | "lost"): number =>
    totals.reduce((n, row) => n + row[what], 0);
  return {
    jobs: sum("jobs"),
    runs: sum("runs"),
    success: totals.find(({ result }) => result === "success")?.jobs ?? 0,
    failure: sum("failed"),
    retries: sum("retries"),
    lost: sum("lost"),
    records: count(db, "records"),
    spans: count(db, "spans"),
    metrics: count(db, "metrics"),
    refused: count(db, "refused"),
    other: count(db, "other"),
  };
}

interface Total {
  readonly result: string;
  readonly jobs: number;
  readonly failed: number;
  readonly runs: number;
  readonly retries: number;
  readonly lost: number;
}

const changesOf = (db: Database, after: number, most: number): Change[] =>
  db
    .all<{ change: number; row: string }>(
      "SELECT change, row FROM jobs WHERE change > ? ORDER BY change LIMIT ?",
      after,
      most,
    )
    .map(({ change, row }) => ({ change, job: JSON.parse(row) as JobRow }));
