import { cut, withoutSecrets } from "@jobtrail/core/event";
import { encodeRecord } from "@jobtrail/otlp";
import type { Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Database } from "./database.ts";
import { digest, micros, textIn, traceBytes } from "./record.ts";
import type { Sources } from "./sources.ts";

/** The largest log line that is kept, in bytes. */
const largestLine = 64 * 1024;

/** Lines of no known run wait this long for the run's own records, which may arrive later. */
const waitingMicros = 10 * 60 * 1e6;

/** How many lines may wait. */
const mostWaiting = 50_000;

/** Log lines of runs that arrive on one day, and those that wait for records of their run. */
export class LogLines {
  readonly #db: Database;
  readonly #sources: Sources;
  #waiting: number | undefined;

  constructor(db: Database, sources: Sources) {
    this.#db = db;
    this.#sources = sources;
  }

  /** Keeps a line of a job, or one that waits for the records of its run. */
  keep({ given, bytes, trace }: Line, job: number | null, now: HrTime): void {
    const { attributes, time, observed } = given.record;
    const kept = this.#db.run(
      "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
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

  /** Gives a run's trace to the lines that came before the run's own records; says whether there are any. */
  claim(trace: Uint8Array, job: number): boolean {
    if (this.#count() === 0) return false;
    const claimed = this.#db.run("UPDATE lines SET job = ? WHERE trace = ? AND job IS NULL", job, trace);
    this.#waiting = this.#count() - claimed;
    return claimed > 0;
  }

  /** Lines that have waited too long belong to no run: they are given up. @returns how many. */
  giveUp(now: HrTime): number {
    if (this.#count() === 0) return 0;
    const late = this.#db.run("DELETE FROM lines WHERE job IS NULL AND received < ?", micros(now) - waitingMicros);
    const over = this.#count() - late - mostWaiting;
    const oldest = "SELECT rowid FROM lines WHERE job IS NULL ORDER BY received LIMIT ?";
    const tooMany = over <= 0 ? 0 : this.#db.run(`DELETE FROM lines WHERE rowid IN (${oldest})`, over);
    this.#waiting = this.#count() - late - tooMany;
    return late + tooMany;
  }

  #count(): number {
    return (this.#waiting ??=
      this.#db.first<{ n: number }>("SELECT count(*) AS n FROM lines WHERE job IS NULL")?.n ?? 0);
  }
}

/** A log line that may belong to a job. */
export interface Line {
  readonly given: Received;
  readonly bytes: Uint8Array;
  readonly uid?: string;
  readonly trace?: Uint8Array;
}

/** What a record is as a log line; nothing where it can belong to no job. */
export function lineOf(given: Received): Line | undefined {
  const { attributes, span } = given.record;
  const bytes = given.bytes ?? encodeRecord(given.record);
  const uid = textIn(attributes, "job.uid");
  if ((uid === undefined && span === undefined) || bytes.byteLength > largestLine) return undefined;
  return {
    given,
    bytes,
    ...(uid !== undefined && { uid }),
    ...(span !== undefined && { trace: traceBytes(span.traceId) }),
  };
}

/** Refused records that are kept to be looked at; of more, only the count. */
const mostRefused = 10_000;

/** The longest text that is kept of one, in characters. */
const longestText = 2048;

/** Keeps records of a day aside that could not be read, with the reasons. */
export function keepRefused(db: Database, refused: readonly Refused[], now: HrTime): void {
  if (refused.length === 0) return;
  for (const { reason, text } of refused)
    db.run(
      "INSERT INTO refused VALUES (?, ?, ?)",
      micros(now),
      JSON.stringify({ path: reason.path, expected: reason.expected, found: reason.found }),
      cut(text, longestText),
    );
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
