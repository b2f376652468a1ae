import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import type { Received } from "@jobtrail/otlp";
import type { KeptRecord } from "../contract.ts";
import type { Database } from "./database.ts";
import { recordsOf } from "./gather.ts";
import { readAgain } from "./row.ts";

/** The most log lines that are shown of one job; of more, the newest. */
const mostLines = 1000;

/** A job, folded from its records as they are now. */
export const jobOf = (db: Database, uid: string): Job | undefined =>
  fold(recordsOf(db, uid).map(({ event }) => event)).find((job) => job.uid === uid);

/** A job's events as they were received, in the order of its life. */
export const eventsOf = (db: Database, uid: string): KeptRecord[] =>
  recordsOf(db, uid).map(({ received, event }) => {
    const anomaly = event.attributes["job.record.anomaly"];
    return { ...received, ...(anomaly !== undefined && { anomaly }) };
  });

/** The log lines that say the job's uid or stand in the trace of one of its runs, oldest first. */
export const linesOf = (db: Database, uid: string): Received[] =>
  db
    .all<{ record: Uint8Array }>(
      `SELECT record, time, uid FROM logs WHERE job = ?1
       UNION SELECT record, time, uid FROM logs
         WHERE trace IN (SELECT trace FROM records WHERE job = ?1 AND trace IS NOT NULL)
       ORDER BY time DESC, uid DESC LIMIT ?2`,
      uid,
      mostLines,
    )
    .map(({ record }) => readAgain(record))
    .reverse();
