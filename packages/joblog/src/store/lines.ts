import { cut, withoutSecrets } from "@jobtrail/core/event";
import { encodeRecord } from "@jobtrail/otlp";
import type { Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import { addCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { digest, micros, textIn, traceBytes } from "./record.ts";
import type { Sources } from "./sources.ts";

/** The largest log line that is kept, in bytes. */
const largestLine = 64 * 1024;

/** Lines of no known run wait this long for the run's own records, which may arrive later. */
const waitingMicros = 10 * 60 * 1e6;

/** How many lines may wait. */
const mostWaiting = 50_000;

/** Log lines of runs, and those that wait for records of their run. */
export class LogLines {
  readonly #db: Database;
  readonly #sources: Sources;
  #waiting: number | undefined;

  constructor(db: Database, sources: Sources) {
    this.#db = db;
    this.#sources = sources;
  }

  /** Keeps a line that may belong to a job; any other is counted. */
  keep(given: Received, now: HrTime): void {
    const { attributes, span, time, observed } = given.record;
    const bytes = given.bytes ?? encodeRecord(given.record);
    const trace = span === undefined ? undefined : traceBytes(span.traceId);
    const uid = textIn(attributes, "job.uid");
    if ((uid === undefined && trace === undefined) || bytes.byteLength > largestLine) {
      addCount(this.#db, "other", 1);
      return;
    }
    const job = this.#jobOf(uid, trace);
    const kept = this.#db.run(
      "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
      textIn(attributes, "log.record.uid") ?? digest(bytes),
      job,
      trace ?? null,
      micros(time ?? observed),
      micros(now),
      this.#sources.idOf(given),
      bytes,
    );
    if (job === null) this.#waiting = this.#count() + kept;
  }

  /** Gives a run's trace to the lines that came before the run's own records. */
  claim(trace: string, job: number): void {
    if (this.#count() === 0) return;
    const claimed = this.#db.run("UPDATE logs SET job = ? WHERE trace = ? AND job IS NULL", job, traceBytes(trace));
    this.#waiting = this.#count() - claimed;
  }

  /** Lines that have waited too long belong to no run: they are counted and given up. */
  giveUp(now: HrTime): void {
    if (this.#count() === 0) return;
    const late = this.#db.run("DELETE FROM logs WHERE job IS NULL AND arrived < ?", micros(now) - waitingMicros);
    const over = this.#count() - late - mostWaiting;
    const oldest = "SELECT rowid FROM logs WHERE job IS NULL ORDER BY arrived LIMIT ?";
    const tooMany = over <= 0 ? 0 : this.#db.run(`DELETE FROM logs WHERE rowid IN (${oldest})`, over);
    this.#waiting = this.#count() - late - tooMany;
    if (late + tooMany > 0) addCount(this.#db, "other", late + tooMany);
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#waiting = undefined;
  }

  #jobOf(uid: string | undefined, trace: Uint8Array | undefined): number | null {
    const named =
      uid === undefined ? undefined : this.#db.first<{ id: number }>("SELECT id FROM job_uids WHERE uid = ?", uid)?.id;
    if (named !== undefined) return named;
    // The line may come before the first record of its job.
    if (uid !== undefined)
      return this.#db.first<{ id: number }>("INSERT INTO job_uids (uid) VALUES (?) RETURNING id", uid)?.id ?? null;
    if (trace === undefined) return null;
    return this.#db.first<{ job: number }>("SELECT job FROM traces WHERE trace = ? LIMIT 1", trace)?.job ?? null;
  }

  #count(): number {
    return (this.#waiting ??=
      this.#db.first<{ n: number }>("SELECT count(*) AS n FROM logs WHERE job IS NULL")?.n ?? 0);
  }
}

/** Refused records that are kept to be looked at; of more, only the count. */
const mostRefused = 10_000;

/** The longest text that is kept of one, in characters. */
const longestText = 2048;

/** Keeps records aside that could not be read, with the reasons. */
export function keepRefused(db: Database, refused: readonly Refused[], now: HrTime): void {
  if (refused.length === 0) return;
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

const mostShown = 64;

/** What a refused event looked like, as JSON: cut, secrets replaced. */
export function excerptOf({ record: { eventName, attributes } }: Received): string {
  const shown: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes).slice(0, mostShown))
    shown[key.slice(0, 128)] = typeof value === "object" ? "…" : String(value).slice(0, 1024);
  return cut(withoutSecrets(JSON.stringify({ eventName, attributes: shown })), longestText);
}
