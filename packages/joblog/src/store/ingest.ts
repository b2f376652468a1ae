import { cut, isEventName, isRefusal, withoutSecrets } from "@jobtrail/core/event";
import type { Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Appended } from "../contract.ts";
import type { Database } from "./database.ts";
import { logRowOf, micros, recordRowOf } from "./row.ts";
import type { LogRow, RecordRow } from "./row.ts";
import { addCount } from "./tables.ts";

/** Refused records that are kept to be looked at; of more, only the count. */
const mostRefused = 10_000;

/** The longest text that is kept of one, in characters. */
const longestText = 2048;

/** Log lines of no known run wait this long for the run's own records, which may arrive later. */
const waitingMicros = 10 * 60 * 1e6;

/** How many log lines may wait. */
const mostWaiting = 50_000;

/** Writes a batch, in the transaction that is open. The caches are not made of it yet. */
export function ingest(db: Database, batch: readonly Received[], refused: readonly Refused[], now: HrTime): Appended {
  let stored = 0;
  let duplicates = 0;
  const found: Refused[] = [];
  const rows: RecordRow[] = [];
  for (const received of batch) {
    if (!isEventName(received.record.eventName)) {
      keepLog(db, received, now);
      continue;
    }
    const row = recordRowOf(received, now);
    if (isRefusal(row)) found.push({ reason: row, text: textOf(received) });
    else if (insertRecord(db, row) === 0) duplicates++;
    else {
      stored++;
      rows.push(row);
    }
  }
  for (const row of rows) claimLogs(db, row);
  if (found.length + refused.length > 0) keepRefused(db, [...refused, ...found], now);
  dropLogs(db, now);
  return { stored, duplicates, refused: found };
}

/** Writes a record unless it is there; says how many it wrote. */
export const insertRecord = (db: Database, row: RecordRow): number =>
  db.run(
    "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
    row.uid,
    row.job,
    row.kin,
    row.name,
    row.time,
    row.trace,
    row.record,
    row.received,
  );

/** Writes a record in the place of the one with the same uid. */
export const updateRecord = (db: Database, row: RecordRow): number =>
  db.run("UPDATE records SET time = ?, record = ? WHERE uid = ?", row.time, row.record, row.uid);

function keepLog(db: Database, received: Received, now: HrTime): void {
  const row = logRowOf(received);
  if (row === undefined) {
    addCount(db, "other", 1);
    return;
  }
  db.run(
    "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
    row.uid,
    row.job ?? jobOfTrace(db, row),
    row.trace,
    row.time,
    micros(now),
    row.record,
  );
}

const jobOfTrace = (db: Database, { trace }: LogRow): string | null =>
  trace === null
    ? null
    : (db.first<{ job: string }>("SELECT job FROM records WHERE trace = ? AND job IS NOT NULL LIMIT 1", trace)?.job ??
      null);

/** Lines that came before the run's own records are kept now. */
function claimLogs(db: Database, { trace, job }: RecordRow): void {
  if (trace !== null && job !== null) db.run("UPDATE logs SET job = ? WHERE trace = ? AND job IS NULL", job, trace);
}

/** Lines that have waited too long belong to no run: they are counted and given up. */
function dropLogs(db: Database, now: HrTime): void {
  const late = db.run("DELETE FROM logs WHERE job IS NULL AND arrived < ?", micros(now) - waitingMicros);
  const waiting = db.first<{ n: number }>("SELECT count(*) AS n FROM logs WHERE job IS NULL")?.n ?? 0;
  const tooMany =
    waiting <= mostWaiting
      ? 0
      : db.run(
          "DELETE FROM logs WHERE rowid IN (SELECT rowid FROM logs WHERE job IS NULL ORDER BY arrived LIMIT ?)",
          waiting - mostWaiting,
        );
  if (late + tooMany > 0) addCount(db, "other", late + tooMany);
}

function keepRefused(db: Database, refused: readonly Refused[], now: HrTime): void {
  for (const { reason, text } of refused)
    db.run(
      "INSERT INTO refused VALUES (?, ?, ?)",
      micros(now),
      JSON.stringify({ path: reason.path, expected: reason.expected, found: reason.found }),
      cut(text, longestText),
    );
  addCount(db, "refused", refused.length);
  db.run("DELETE FROM refused WHERE rowid <= (SELECT max(rowid) FROM refused) - ?", mostRefused);
}

/** What a refused event looked like, as JSON: cut, secrets replaced. */
function textOf({ record: { eventName, attributes } }: Received): string {
  const shown: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes).slice(0, mostShown))
    shown[key.slice(0, 128)] = typeof value === "object" ? "…" : String(value).slice(0, 1024);
  return cut(withoutSecrets(JSON.stringify({ eventName, attributes: shown })), longestText);
}

const mostShown = 64;
