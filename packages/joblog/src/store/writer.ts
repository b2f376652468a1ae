import { isEventName, isRefusal, now as clock } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { countPoints, countSpans, decodeLogs } from "@jobtrail/otlp";
import type { DecodedLogs, Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Appended, Batch } from "../contract.ts";
import { readForeign } from "../foreign.ts";
import { addCount } from "./catalogue.ts";
import { dayOf } from "./day.ts";
import type { Day } from "./day.ts";
import { DayRecords } from "./day-records.ts";
import { RecordReader } from "./events.ts";
import type { Files } from "./files.ts";
import { inferredKind } from "./kinds.ts";
import { excerptOf, keepRefused, lineOf } from "./lines.ts";
import type { Line } from "./lines.ts";
import { Lists } from "./lists.ts";
import type { Written } from "./lists.ts";
import { Projection } from "./projection.ts";
import type { Touched } from "./projection.ts";
import { addDay, RecentJobs } from "./recent.ts";
import type { RecentJob } from "./recent.ts";
import { eventIn, newRecord } from "./record.ts";
import type { NewRecord } from "./record.ts";
import { RecordWriter } from "./records.ts";
import { recover } from "./recover.ts";

/** A request that was decoded: its records, or how many spans or points it had. */
type Decoded =
  | (DecodedLogs & { readonly received: HrTime })
  | { readonly counted: "spans" | "metrics"; readonly n: number; readonly received: HrTime };

/** Log lines are looked for in the runs of so many days before. */
const daysOfRuns = 8;

/** Keeps requests: it writes their records to the file of their day, and what they change to the lists of jobs. */
export class Writer {
  readonly #files: Files;
  readonly #recent: RecentJobs;
  readonly #records: RecordWriter;
  readonly #projection: Projection;
  readonly #lists: Lists;
  readonly #days = new Map<Day, DayRecords>();
  readonly #reader: RecordReader;
  /** Jobs that got lines on a day that the catalogue does not name yet. */
  readonly #linked = new Set<RecentJob>();
  readonly #counts = new Map<string, number>();
  #isBehind = false;

  constructor(files: Files) {
    this.#files = files;
    this.#reader = new RecordReader(files);
    this.#recent = new RecentJobs(files.catalogue, this.#reader);
    this.#records = new RecordWriter(files, this.#recent);
    this.#projection = new Projection(files, this.#recent, this.#reader);
    this.#lists = new Lists(files);
  }

  /** The uids of the jobs that changed since this was asked. */
  changed(): readonly string[] {
    return this.#lists.changed();
  }

  /**
   * Keeps the records of requests, all of them in one transaction for each day.
   * @returns what became of each; a refusal where one cannot be read.
   * @throws StoreError when nothing can be written; then what was asked may be asked again.
   */
  append(batches: readonly Batch[]): readonly (Appended | Refusal)[] {
    const decoded = batches.map(decode);
    const results: (Appended | Refusal)[] = [];
    for (let i = 0; i < decoded.length;) {
      const first = decoded[i];
      if (first === undefined || isRefusal(first)) {
        results.push(first ?? noRecords);
        i += 1;
        continue;
      }
      const day = dayOf(first.received);
      const together: Decoded[] = [];
      for (let next = decoded[i]; next !== undefined && !isRefusal(next) && dayOf(next.received) === day;) {
        together.push(next);
        next = decoded[(i += 1)];
      }
      results.push(...this.#turn(day, together));
    }
    return results;
  }

  /**
   * Makes sure that records can be written.
   * @throws StoreError where they cannot.
   */
  check(): void {
    this.#catchUp();
    const today = this.#day(dayOf(clock()));
    for (const db of [today.db, this.#files.catalogue])
      this.#guarded(today, () => db.transaction(() => addCount(db, "checks", 1)));
  }

  /** Makes some jobs anew, such as those whose rows are damaged. */
  refold(uids: readonly string[]): void {
    this.clear();
    const jobs = new Set(uids.flatMap((uid) => this.#recent.find(uid) ?? []));
    this.#lists.remove([...jobs]);
    const today = this.#day(dayOf(clock()));
    this.list({ jobs, loose: new Map() }, today);
    this.note(today.day);
  }

  /** Keeps records that were received at some time, as if they arrived then. @returns how many were new. */
  keepAt(received: HrTime, records: readonly Received[]): number {
    const [result] = this.#turn(dayOf(received), [{ records, refused: [], received }]);
    return result?.stored ?? 0;
  }

  /** Adds to what is counted on a day. */
  countAt(day: Day, counts: ReadonlyMap<string, number>): void {
    const today = this.#day(day);
    for (const [what, n] of counts) this.#add(what, n);
    this.#commit(today, () => []);
  }

  /** Folds jobs and writes them to the lists. Which day is listed as a whole then, `note` says. */
  list(touched: Touched, today: DayRecords): void {
    const folded = this.#guarded(today, () =>
      today.db.transaction(() => {
        const all = this.#projection.fold(touched, today, clock());
        this.#endOfTransaction(today);
        return all;
      }),
    );
    this.#publish({ today, folded, moved: touched.jobs, loose: touched.loose.keys(), isWhole: false });
    this.#recent.trim();
  }

  /** Lists anew what a day holds of some jobs, after its file was written anew. */
  relistDay(day: Day, uids: readonly string[]): void {
    const { catalogue } = this.#files;
    this.#files.remove(this.#files.nameOf(day, "jobs"));
    catalogue.transaction(() => {
      for (const table of ["totals", "definition_days"]) catalogue.run(`DELETE FROM ${table} WHERE day = ?`, day);
    });
    this.clear();
    const jobs = new Set(uids.flatMap((uid) => this.#recent.find(uid) ?? []));
    const today = this.#day(dayOf(clock()));
    this.list({ jobs, loose: new Map() }, today);
    for (const each of new Set([day, today.day])) this.note(each);
  }

  /** Notes that all that a day holds is listed. Its records are counted again. */
  note(day: Day): void {
    this.#files.read(day, "records", undefined, (db) => {
      this.#lists.noteDay(day, db);
      const { n = 0 } = db.first<{ n: number }>("SELECT count(*) AS n FROM records") ?? {};
      this.#files.catalogue.run("UPDATE days SET records = ? WHERE day = ?", n, day);
    });
  }

  /** The records of a day. */
  day = (day: Day): DayRecords => this.#day(day);

  /** A job that records were kept of. */
  find = (uid: string): RecentJob | undefined => this.#recent.find(uid);

  /** Forgets what is in memory: it may be of a transaction that was not committed, or of files that were replaced. */
  clear(): void {
    for (const each of [this.#recent, this.#records, this.#projection, this.#lists]) each.clear();
    this.#days.clear();
    this.#linked.clear();
    this.#counts.clear();
  }

  #turn(day: Day, batches: readonly Decoded[]): readonly Appended[] {
    this.#catchUp();
    return this.#commit(this.#day(day), (today) => batches.map((batch) => this.#keep(batch, today)));
  }

  #commit(today: DayRecords, work: (today: DayRecords) => readonly Appended[]): readonly Appended[] {
    const { results, folded, touched } = this.#guarded(today, () =>
      today.db.transaction(() => {
        const results = work(today);
        const touched = this.#records.touched();
        const folded = this.#projection.fold(touched, today, clock());
        this.#endOfTransaction(today);
        return { results, folded, touched };
      }),
    );
    const moved = [...this.#linked];
    this.#linked.clear();
    this.#publish({ today, folded, moved, loose: touched.loose.keys(), isWhole: true });
    this.#recent.trim();
    return results;
  }

  #endOfTransaction(today: DayRecords): void {
    today.flush();
    this.#add("records", today.takeInserted());
    for (const [what, n] of this.#counts) addCount(today.db, what, n);
    this.#counts.clear();
  }

  #keep(batch: Decoded, today: DayRecords): Appended {
    if ("counted" in batch) {
      this.#add(batch.counted, batch.n);
      return { stored: 0, duplicates: 0, refused: [] };
    }
    const { records, received } = batch;
    const refused: Refused[] = [...batch.refused];
    const kept = { stored: 0, duplicates: 0 };
    for (const given of records) {
      if (!isEventName(given.record.eventName)) this.#keepLine(given, today, received);
      else if (!this.#keepEvent(given, today, received, kept, refused)) kept.duplicates++;
    }
    keepRefused(today.db, refused, received);
    this.#add("refused", refused.length);
    this.#add("other", today.lines.giveUp(received));
    return { ...kept, refused };
  }

  /** @returns whether it is no duplicate. */
  #keepEvent(given: Received, today: DayRecords, now: HrTime, kept: { stored: number }, refused: Refused[]): boolean {
    const record = newRecord(given, now);
    if (isRefusal(record)) {
      refused.push({ reason: record, text: excerptOf(given) });
      return true;
    }
    const kind = wasInferredHere(record) ? inferredKind : undefined;
    if (!this.#records.insert(record, today.sources.idOf(given), now, today, kind)) return false;
    kept.stored++;
    return true;
  }

  #keepLine(given: Received, today: DayRecords, now: HrTime): void {
    const line = lineOf(given);
    if (line === undefined) return this.#add("other", 1);
    const job = this.#jobOfLine(line, today);
    if (job !== undefined && !job.days.includes(today.day)) addDay(job, today.day);
    if (job?.isMoved === true) this.#linked.add(job);
    today.lines.keep(line, job?.id ?? (line.trace && today.jobOfTrace(line.trace)) ?? null, now);
  }

  /** The job of a line, where it has to be told that this day has something of it. */
  #jobOfLine({ uid, trace }: Line, today: DayRecords): RecentJob | undefined {
    // The line may come before the first record of its job.
    if (uid !== undefined) return this.#recent.get(uid, today);
    if (trace === undefined || today.jobOfTrace(trace) !== undefined) return undefined;
    for (const day of this.#daysBefore(today.day)) {
      const find = "SELECT job FROM traces WHERE trace = ? LIMIT 1";
      const id = this.#files.read(day, "records", undefined, (db) => db.first<{ job: number }>(find, trace)?.job);
      const row = id === undefined ? undefined : this.#reader.anyOf(id, day);
      const event = row?.record && eventIn(row.record, row.received);
      const jobUid = event?.attributes["job.uid"];
      if (jobUid !== undefined) return this.#recent.find(jobUid);
    }
    return undefined;
  }

  #daysBefore = (today: Day): Day[] => Array.from({ length: daysOfRuns }, (_, i) => today - 1 - i);

  #add(what: string, n: number): void {
    if (n !== 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + n);
  }

  /** Lists what was kept when the lists could not be written. */
  #catchUp(): void {
    if (!this.#isBehind) return;
    recover(this, this.#files);
    this.#isBehind = false;
  }

  #publish(written: Written): void {
    try {
      this.#lists.write(written);
      this.#files.trim();
    } catch (cause) {
      this.#isBehind = true;
      this.clear();
      throw cause;
    }
  }

  #guarded<Result>(today: DayRecords, work: () => Result): Result {
    today.db.expectFile();
    this.#files.catalogue.expectFile();
    try {
      return work();
    } catch (cause) {
      this.clear();
      throw cause;
    }
  }

  #day(day: Day): DayRecords {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    // A clock that goes back opens a day again: what is written to it is listed after a crash like any other.
    this.#files.catalogue.run("UPDATE days SET is_closed = 0 WHERE day = ? AND is_closed = 1", day);
    const made = new DayRecords(day, this.#files.recordsToWrite(day));
    this.#days.clear();
    this.#days.set(day, made);
    return made;
  }
}

/** An end that a job log inferred, which is read again from an earlier file or a copy. */
const wasInferredHere = ({ uid, event: { attributes } }: NewRecord): boolean =>
  attributes["job.record.source"] === "inferred" && uid === `${attributes["job.run.uid"]}-lost`;

const noRecords: Appended = { stored: 0, duplicates: 0, refused: [] };

function decode({ signal, body, encoding, received }: Batch): Decoded | Refusal {
  if (signal === "logs") {
    const decoded = decodeLogs(body, encoding, true);
    return isRefusal(decoded) ? decoded : { ...readForeign(decoded, received), received };
  }
  const n = signal === "traces" ? countSpans(body, encoding) : countPoints(body, encoding);
  return isRefusal(n) ? n : { counted: signal === "traces" ? "spans" : "metrics", n, received };
}
