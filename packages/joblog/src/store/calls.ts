import type { Refusal } from "@jobtrail/core/event";
import type { Appended, Batch } from "../contract.ts";
import { dayOf } from "./day.ts";
import { closeDays } from "./close.ts";
import { endUse } from "./open.ts";
import type { OpenWriter } from "./open.ts";
import type { WriterMethods } from "./protocol.ts";
import { rebuild } from "./recover.ts";
import { pruneDay } from "./retain.ts";

/** What an open store does for others, and the jobs that it changed by that. */
export interface Calls extends WriterMethods {
  /** Keeps several requests in one transaction. */
  appendAll(batches: readonly Batch[]): readonly (Appended | Refusal)[];
  changed(): readonly string[];
}

/** Everything that writes to an open store. Each call is committed when it returns. */
export function callsOf(open: OpenWriter): Calls {
  const { files, writer } = open;
  return {
    append: (batch) => writer.append([batch])[0] ?? { stored: 0, duplicates: 0, refused: [] },
    appendAll: (batches) => writer.append(batches),
    changed: () => writer.changed(),
    check: () => writer.check(),
    refold: (uids) => writer.refold(uids),
    pruneDay: (retention, after) => pruneDay(open, retention, after),
    tidy(now) {
      closeDays(files, dayOf(now));
      writer.clear();
    },
    rebuild: () => rebuild(writer, files),
    close: () => endUse(files),
  };
}
