import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { looseDays } from "./catalogue.ts";
import type { DayRecords } from "./day-records.ts";
import { hasRecord } from "./events.ts";
import type { Files } from "./files.ts";
import { kindOf } from "./kinds.ts";
import type { Touched } from "./projection.ts";
import { addDay } from "./recent.ts";
import type { RecentJob, RecentJobs } from "./recent.ts";
import { identityOf, micros, microsOf, traceBytes, traceOf } from "./record.ts";
import type { NewRecord } from "./record.ts";

/** Traces of one job that are known to be written. */
const mostTraces = 1000;

/** Writes job events among the records of a day, in the transaction that is open, and knows which jobs they were of. */
export class RecordWriter {
  readonly #files: Files;
  readonly #recent: RecentJobs;
  #jobs = new Set<RecentJob>();
  #loose = new Map<string, JobEvent>();

  constructor(files: Files, recent: RecentJobs) {
    this.#files = files;
    this.#recent = recent;
  }

  /**
   * Writes an event unless it is there; says whether it did.
   * @param kind what it counts as, where its name does not say it.
   */
  insert(
    { uid, event, bytes }: NewRecord,
    source: number,
    received: HrTime,
    today: DayRecords,
    kind?: number,
  ): boolean {
    const jobUid = event.attributes["job.uid"];
    const job = jobUid === undefined ? undefined : this.#recent.get(jobUid, today);
    const identity = job === undefined ? (identityOf(event) ?? null) : null;
    if (this.#isElsewhere(uid, job, identity, today)) return false;
    const time = microsOf(event);
    const isNew = today.insert({
      uid,
      job: job?.id ?? 0,
      identity,
      kind: kind ?? kindOf(event.name).number,
      time,
      received: micros(received),
      source,
      bytes,
    });
    if (!isNew) return false;
    if (job === undefined) {
      this.#loose.set(identity ?? "", event);
      return true;
    }
    if (kind === undefined) this.#recent.add(job, { uid, time, day: today.day, source, event });
    this.#jobs.add(job);
    addDay(job, today.day);
    this.#link(job, event, today);
    return true;
  }

  /** What events were written of since this was asked. */
  touched(): Touched {
    const touched = { jobs: this.#jobs, loose: this.#loose };
    this.clear();
    return touched;
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#jobs = new Set();
    this.#loose = new Map();
  }

  /** Whether another day has a record already. The records of one uid are of one job. */
  #isElsewhere(uid: string, job: RecentJob | undefined, identity: string | null, today: DayRecords): boolean {
    const days = job?.days ?? looseDays(this.#files.catalogue, identity ?? "");
    return days.some((day) => day !== today.day && hasRecord(this.#files, day, uid));
  }

  #link(job: RecentJob, event: JobEvent, today: DayRecords): void {
    const trace = traceOf(event);
    if (trace === undefined || job.traces.has(trace)) return;
    const bytes = traceBytes(trace);
    today.insertTrace(bytes, job.id);
    today.lines.claim(bytes, job.id);
    if (job.traces.size > mostTraces) job.traces.clear();
    job.traces.add(trace);
  }
}
