import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { addCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { eventsIn, hasAnyWithoutUid, hasRecordsWithoutUid, jobsOfIdentity, rowsOfIdentity } from "./events.ts";
import { project } from "./inferred.ts";
import type { JobRows } from "./jobs.ts";
import { inferredKind, mostOfIdentity } from "./kinds.ts";
import type { RecentJob, RecentJobs } from "./recent.ts";
import { bytesOf, micros, microsOf } from "./record.ts";
import type { StoredEvent } from "./record.ts";
import { recordInserter } from "./records.ts";

/** Folds the jobs that records were written of, each once, and writes what they are now. */
export class ProjectionWriter {
  readonly #db: Database;
  readonly #recent: RecentJobs;
  readonly #rows: JobRows;
  readonly #insert: ReturnType<typeof recordInserter>;

  constructor(db: Database, recent: RecentJobs, rows: JobRows) {
    this.#db = db;
    this.#recent = recent;
    this.#rows = rows;
    this.#insert = recordInserter(db);
  }

  /** Writes what jobs are, and those that records without `job.uid` may belong to. */
  write(jobs: readonly RecentJob[], identities: readonly string[], now: HrTime): void {
    const written = new Set<RecentJob>();
    const hasAny = hasAnyWithoutUid(this.#db);
    for (const identity of identities) this.#writeSharing([identity], [], written, now);
    for (const job of jobs) {
      if (written.has(job)) continue;
      const shared = hasAny ? job.identities.filter((identity) => hasRecordsWithoutUid(this.#db, identity)) : [];
      if (shared.length > 0) this.#writeSharing(shared, [job], written, now);
      else this.#writeJobs([job], job.events.flat(), now);
    }
  }

  /** Writes all jobs, in portions so that they need not all be in memory. */
  writeAll(now: HrTime): void {
    for (const { uid } of this.#db.each<{ uid: string }>("SELECT uid FROM job_uids ORDER BY id")) {
      this.write([this.#recent.get(uid)], [], now);
      this.#recent.trim();
    }
    for (const { identity } of this.#db.all<{ identity: string }>(
      "SELECT DISTINCT identity FROM records WHERE identity IS NOT NULL",
    )) {
      this.#writeSharing([identity], [], new Set(), now);
      this.#recent.trim();
    }
  }

  /** Jobs of one identity are folded together with the records that do not say which of them they mean. */
  #writeSharing(identities: readonly string[], own: readonly RecentJob[], written: Set<RecentJob>, now: HrTime): void {
    const jobs = new Set(own);
    const events: StoredEvent[] = [];
    for (const identity of identities) {
      for (const { uid } of jobsOfIdentity(this.#db, identity, mostOfIdentity)) jobs.add(this.#recent.get(uid));
      events.push(...eventsIn(rowsOfIdentity(this.#db, identity)));
    }
    for (const job of jobs) {
      events.push(...job.events.flat());
      written.add(job);
    }
    this.#writeJobs([...jobs], events, now);
  }

  #writeJobs(jobs: readonly RecentJob[], events: readonly StoredEvent[], now: HrTime): void {
    const projection = project(
      events.map(({ event }) => event),
      now,
    );
    const found = new Set<string>();
    for (const job of projection.jobs) {
      found.add(job.uid);
      const recent = jobs.find(({ uid }) => uid === job.uid) ?? this.#recent.get(job.uid);
      recent.written = this.#rows.write(recent, job);
    }
    for (const job of jobs) if (!found.has(job.uid)) this.#remove(job);
    for (const event of projection.inferred) this.#keepInferred(event, events, now);
  }

  /** A job whose records all belong to other jobs. */
  #remove(job: RecentJob): void {
    if (job.written !== null) this.#rows.remove(job.id);
    job.written = null;
  }

  /** Writes an end that was inferred, from where the run's start came. It stays when a real end arrives later. */
  #keepInferred(event: JobEvent, events: readonly StoredEvent[], now: HrTime): void {
    const { "job.uid": jobUid = "", "job.run.uid": run, "log.record.uid": uid = "" } = event.attributes;
    const job = this.#recent.get(jobUid);
    if (job.inferred.has(uid)) return;
    const ofRun = events.filter(({ event: { attributes } }) => attributes["job.run.uid"] === run);
    const start = ofRun.find(({ event: { name } }) => name === "job.run.started") ?? ofRun[0];
    const isNew = this.#insert({
      uid,
      job: job.id,
      identity: null,
      kind: inferredKind,
      time: microsOf(event),
      received: micros(now),
      source: start?.source ?? 0,
      bytes: bytesOf(event),
    });
    if (isNew) addCount(this.#db, "records", 1);
    job.inferred.add(uid);
  }
}
