import { readFileSync, renameSync } from "node:fs";
import { uptime } from "node:os";
import { now } from "@jobtrail/core/event";
import { StoreError } from "../errors.ts";
import { closeDays } from "./close.ts";
import { count, setCount } from "./catalogue.ts";
import { isDamage } from "./database.ts";
import { dayOf } from "./day.ts";
import { Files } from "./files.ts";
import { migrate } from "./migrate.ts";
import { recover } from "./recover.ts";
import type { Progress } from "./recover.ts";
import { Writer } from "./writer.ts";

/** A store that is open for writing. */
export interface OpenWriter {
  readonly files: Files;
  readonly writer: Writer;
}

/**
 * Opens a store for writing, in memory where there is no folder. Files of earlier versions are brought up to date, and
 * what the records say and the lists do not is listed.
 * @throws StoreError where it cannot be used.
 */
export function openWriter(folder?: string, progress?: Progress): OpenWriter {
  const files = new Files(folder, "write");
  try {
    setUnusableAside(files);
    const writer = new Writer(files);
    migrate(writer, files, progress);
    // What the machine had not synced of the lists may be gone; what it had of the records is not.
    const isSynced = count(files.catalogue, "closed") === 1 || count(files.catalogue, "boot") === boot();
    setCount(files.catalogue, "closed", 0);
    recover(writer, files, isSynced ? undefined : 0, progress);
    setCount(files.catalogue, "boot", boot());
    closeDays(files, dayOf(now()));
    return { files, writer };
  } catch (cause) {
    files.close();
    throw cause;
  }
}

/** Ends the use of files in order: the next start finds everything synced. */
export function endUse(files: Files): void {
  if (files.folder !== undefined) {
    files.closeDays();
    setCount(files.catalogue, "closed", 1);
  }
  files.close();
}

/** What is made of the records can be made again; records of today that cannot be read are moved aside. */
function setUnusableAside(files: Files): void {
  attempt(
    () => files.catalogue,
    () => files.remove("catalogue"),
  );
  for (const day of files.days())
    if (files.has(day, "jobs")) {
      attempt(
        () => files.jobs(day),
        () => files.remove(files.nameOf(day, "jobs")),
      );
      files.trim();
    }
  const today = dayOf(now());
  if (!files.has(today, "records")) return;
  attempt(
    () => files.recordsToWrite(today),
    (cause) => {
      if (!isDamage(cause)) throw cause;
      renameSync(files.dayPath(today, "records"), `${files.dayPath(today, "records")}.damaged-${Date.now()}`);
      files.remove(files.nameOf(today, "jobs"));
    },
  );
}

function attempt(work: () => unknown, otherwise: (cause: StoreError) => void): void {
  try {
    work();
  } catch (cause) {
    if (!(cause instanceof StoreError) || !(isDamage(cause) || cause.code === "JOBTRAIL_STORE_LATER")) throw cause;
    otherwise(cause);
  }
}

/** Names the time since the machine was started: another one at the next start means that it died in between, or was restarted. */
function boot(): number {
  try {
    return Number.parseInt(
      readFileSync("/proc/sys/kernel/random/boot_id", "utf8").replaceAll("-", "").slice(0, 12),
      16,
    );
  } catch {
    return Math.round((Date.now() / 1000 - uptime()) / 60);
  }
}
