import { now } from "@jobtrail/core/event";
import type { JobHistory, JobStore, Retention, StoreOptions } from "./contract.ts";
import { unwritable } from "./errors.ts";
import type { JobQuery, PageRequest } from "./query/query.ts";
import { callsOf } from "./store/calls.ts";
import { count } from "./store/catalogue.ts";
import { ChangeLog } from "./store/changes.ts";
import { definitionsOf } from "./store/definitions.ts";
import { errorsOf } from "./store/error-groups.ts";
import { Files } from "./store/files.ts";
import { makeFolder } from "./store/folder.ts";
import { pageOf } from "./store/list.ts";
import { holdFolder } from "./store/lock.ts";
import { openWriter } from "./store/open.ts";
import { problemsOf } from "./store/problems.ts";
import type { WriterMethod, WriterMethods } from "./store/protocol.ts";
import { HistoryReader, rowsOf, summaryOf, valuesOf } from "./store/reader.ts";
import type { PrunedDay } from "./store/retain.ts";
import { statisticsOf } from "./store/statistics.ts";
import { newTurn } from "./store/turn.ts";
import { WriterThread } from "./store/writer-thread.ts";

/** The most bytes of requests that wait to be written. */
const mostWaitingBytes = 128 * 1024 * 1024;

/** A list that is not full by then is answered as far as it is, in milliseconds. */
const longestReadingMs = 1500;

/**
 * Opens the job log's store, and makes it where there is none. On disk a thread of its own writes to it.
 * @throws StoreError where the folder or its files cannot be used, or another job log uses it.
 */
export const openStore = ({ data, longestReading = longestReadingMs }: StoreOptions = {}): Promise<JobStore> =>
  data === undefined ? Promise.resolve(inMemory(longestReading)) : onDisk(data, longestReading);

async function onDisk(folder: string, longestReading: number): Promise<JobStore> {
  makeFolder(folder);
  const release = holdFolder(folder);
  const changes = new ChangeLog();
  const thread = new WriterThread(folder, (uids) => changes.add(uids));
  try {
    await thread.open();
    const files = new Files(folder, "read");
    return storeOf(
      files,
      changes,
      (name, ...given) => thread.call(name, ...given),
      longestReading,
      async () => {
        // The last one to close a file puts what stands in its log into it: that has to be the writer.
        files.close();
        await thread.close();
        release();
      },
    );
  } catch (cause) {
    await thread.close();
    release();
    throw cause;
  }
}

/** In memory there is one connection to each file, which no other thread can use. */
function inMemory(longestReading: number): JobStore {
  const open = openWriter();
  const calls = callsOf(open);
  const changes = new ChangeLog();
  const call: Write = async (name, ...given) => {
    const result = (calls[name] as (...all: typeof given) => never).apply(calls, given);
    if (name !== "close") changes.add(calls.changed());
    return result;
  };
  return storeOf(open.files, changes, call, longestReading, async () => open.files.close());
}

type Write = <Name extends WriterMethod>(
  name: Name,
  ...given: Parameters<WriterMethods[Name]>
) => Promise<ReturnType<WriterMethods[Name]>>;

function storeOf(
  files: Files,
  changes: ChangeLog,
  write: Write,
  longestReading: number,
  end: () => Promise<void>,
): JobStore {
  let closing: Promise<void> | undefined;
  return {
    ...readingOf(files, changes, write, longestReading),
    append: appending(write),
    check: () => write("check"),
    async prune(retention: Retention) {
      const all = { jobs: 0, records: 0, bytes: 0 };
      for (let after = -Infinity; closing === undefined;) {
        const one: PrunedDay | undefined = await write("pruneDay", retention, after);
        if (one === undefined) break;
        for (const what of ["jobs", "records", "bytes"] as const) all[what] += one[what];
        after = one.day;
      }
      if (closing === undefined) await write("tidy", now());
      return all;
    },
    rebuild: () => write("rebuild"),
    close: () => (closing ??= end()),
  };
}

function appending(write: Write): JobStore["append"] {
  let waitingBytes = 0;
  return async (batch) => {
    if (waitingBytes > mostWaitingBytes) throw unwritable("too many requests wait to be written; try again.");
    const bytes = batch.body.byteLength;
    waitingBytes += bytes;
    try {
      return await write("append", batch);
    } finally {
      waitingBytes -= bytes;
    }
  };
}

type Reading = Omit<JobStore, "append" | "check" | "prune" | "rebuild" | "close">;

function readingOf(files: Files, changes: ChangeLog, write: Write, longestReading: number): Reading {
  const reader = new HistoryReader(files);
  let generation = count(files.catalogue, "generation");

  /** The files as they are now: days may have been forgotten or written anew. */
  const current = (): Files => {
    const newest = count(files.catalogue, "generation");
    if (newest !== generation) {
      if (files.folder !== undefined) files.close();
      reader.clear();
    }
    generation = newest;
    files.trim();
    return files;
  };

  const page = (query: JobQuery, request: PageRequest): ReturnType<typeof pageOf> =>
    pageOf(current(), query, request, newTurn(longestReading));

  return {
    summary: async () => summaryOf(current().catalogue),
    async jobs(query, request) {
      const read = await page(query, request);
      if (read.damaged.length === 0) return read.page;
      // What the rows of some jobs say is damaged: their records say it again.
      await write("refold", read.damaged);
      return (await page(query, request)).page;
    },
    history: async (uid) => (current(), reader.read(uid)),
    async histories(uids) {
      const turn = newTurn(Infinity);
      const found: JobHistory[] = [];
      for (const uid of uids) {
        const history = (current(), reader.read(uid, false));
        if (history !== undefined) found.push(history);
        await turn.next();
      }
      return found;
    },
    statistics: (query, by) => statisticsOf(current(), query, by, newTurn(longestReading)),
    definitions: (query) => definitionsOf(current(), query, newTurn(longestReading)),
    errors: (query) => errorsOf(current(), query, newTurn(longestReading)),
    values: async (field) => valuesOf(current(), field),
    newest: async () => changes.newest,
    changes: async (after, most) => changes.since(after, most, (uids) => rowsOf(current(), uids)),
    watch: (listener) => changes.watch(listener),
    problems: async () => problemsOf(current()),
  };
}
