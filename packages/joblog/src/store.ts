import { join } from "node:path";
import type { HrTime } from "@opentelemetry/api";
import type { Batch, JobStore, StoreOptions } from "./contract.ts";
import { unwritable } from "./errors.ts";
import type { JobQuery, PageRequest } from "./query/query.ts";
import { Database } from "./store/database.ts";
import { makeFolder } from "./store/folder.ts";
import { pageOf } from "./store/list.ts";
import { holdFolder } from "./store/lock.ts";
import { openWriter } from "./store/open.ts";
import type { WriterMethod } from "./store/protocol.ts";
import { changesOf, historyOf, summaryOf, valuesOf } from "./store/reader.ts";
import { count } from "./store/counts.ts";
import { WriterThread } from "./store/writer-thread.ts";
import type { Writer } from "./store/writer.ts";

/** The file's name in its folder. */
export const fileName = "jobs.db";

/** The most bytes of requests that wait to be written. */
const mostWaitingBytes = 128 * 1024 * 1024;

/**
 * Opens the job log's store, and makes it where there is none. On disk a thread of its own writes to it.
 * @throws StoreError where the folder or the file cannot be used, or another job log uses it.
 */
export const openStore = ({ data }: StoreOptions = {}): Promise<JobStore> =>
  data === undefined ? Promise.resolve(inMemory()) : onDisk(data);

async function onDisk(folder: string): Promise<JobStore> {
  makeFolder(folder);
  const release = holdFolder(folder);
  const path = join(folder, fileName);
  const listeners = new Listeners();
  const thread = new WriterThread(path, () => listeners.call());
  try {
    await thread.open();
    const db = new Database(path);
    return storeOf(
      db,
      listeners,
      (name, ...given) => thread.call(name, ...given),
      async () => {
        await thread.close();
        db.close();
        release();
      },
    );
  } catch (cause) {
    await thread.close();
    release();
    throw cause;
  }
}

/** In memory there is one connection, which no other thread can use. */
function inMemory(): JobStore {
  const db = new Database(":memory:");
  const writer = openWriter(db);
  const listeners = new Listeners();
  const call: Write = async (name, ...given) => {
    const before = writer.change;
    const result = (writer[name] as (...all: typeof given) => never).apply(writer, given);
    if (writer.change !== before) listeners.call();
    return result;
  };
  return storeOf(db, listeners, call, async () => db.close());
}

type Write = <Name extends WriterMethod>(
  name: Name,
  ...given: Parameters<Writer[Name]>
) => Promise<Awaited<ReturnType<Writer[Name]>>>;

function storeOf(db: Database, listeners: Listeners, write: Write, end: () => Promise<void>): JobStore {
  let waitingBytes = 0;
  let closing: Promise<void> | undefined;

  /** What the rows of some jobs say is damaged: their records say it again. */
  const healed = async (query: JobQuery, page: PageRequest) => {
    const read = pageOf(db, query, page);
    if (read.damaged.length === 0) return read.page;
    await write("refold", read.damaged);
    return pageOf(db, query, page).page;
  };

  return {
    async append(batch: Batch) {
      if (waitingBytes > mostWaitingBytes) throw unwritable("too many requests wait to be written; try again.");
      const bytes = batch.body.byteLength;
      waitingBytes += bytes;
      try {
        return await write("append", batch);
      } finally {
        waitingBytes -= bytes;
      }
    },
    check: () => write("check"),
    summary: async () => summaryOf(db),
    jobs: healed,
    history: async (uid) => historyOf(db, uid),
    histories: async (uids) =>
      new Map(
        uids.flatMap((uid) => {
          const history = historyOf(db, uid);
          return history === undefined ? [] : [[uid, history] as const];
        }),
      ),
    values: async (field) => valuesOf(db, field),
    newest: async () => count(db, "change"),
    changes: async (after, most) => changesOf(db, after, most),
    watch: (listener) => listeners.add(listener),
    async prune(before: HrTime) {
      let gone = 0;
      while (closing === undefined) {
        const some = await write("forgetSome", before);
        if (some === 0) break;
        gone += some;
      }
      if (closing === undefined) await write("forgetRest", before);
      return gone;
    },
    rebuild: () => write("rebuild"),
    close: () => (closing ??= end()),
  };
}

/** Functions that are called when any job has changed. */
class Listeners {
  readonly #all = new Set<() => void>();

  /** Each addition is one of its own, whatever is given twice. */
  add(listener: () => void): () => void {
    const own = (): void => listener();
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  call(): void {
    for (const listener of this.#all) listener();
  }
}
