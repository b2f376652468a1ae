import type { JobEvent } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { hasLoose, looseDays } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { DayRecords } from "./day-records.ts";
import type { RecordReader } from "./events.ts";
import { eventsIn, hasRecord } from "./events.ts";
import type { Files } from "./files.ts";
import { jobsOfIdentity } from "./identity.ts";
import { project } from "./inferred.ts";
import { inferredKind } from "./kinds.ts";
import { addDay, identifying } from "./recent.ts";
import type { RecentJob, RecentJobs } from "./recent.ts";
import { bytesOf, identityOf, micros, microsOf } from "./record.ts";
import type { StoredEvent } from "./record.ts";
import { sourceReader } from "./sources.ts";

/** What jobs are by now; nothing of one whose records all belong to other jobs. */
export type Folded = Map<RecentJob, Job | undefined>;

/** What records were written of: jobs, and events without `job.uid` by their identities. */
export interface Touched {
  readonly jobs: ReadonlySet<RecentJob>;
  readonly loose: ReadonlyMap<string, JobEvent>;
}

/** What is folded for the records of one turn. */
interface Work {
  readonly touched: Touched;
  readonly folded: Folded;
  readonly today: DayRecords;
  readonly now: HrTime;
}

/** Folds the jobs that records were written of, each once. */
export class Projection {
  readonly #catalogue: Database;
  readonly #files: Files;
  readonly #recent: RecentJobs;
  readonly #reader: RecordReader;
  #hasLoose: boolean | undefined;
  #unlisted: ReadonlyMap<string, readonly RecentJob[]> | undefined;

  constructor(files: Files, recent: RecentJobs, reader: RecordReader) {
    this.#catalogue = files.catalogue;
    this.#files = files;
    this.#recent = recent;
    this.#reader = reader;
  }

  /** Folds jobs, and those that records without `job.uid` may belong to; inferred ends are written among the records of a day. */
  fold(touched: Touched, today: DayRecords, now: HrTime): Folded {
    const { jobs, loose } = touched;
    const work: Work = { touched, folded: new Map(), today, now };
    if (loose.size > 0) {
      this.#hasLoose = true;
      // They are read again below.
      today.flush();
    }
    this.#unlisted = undefined;
    this.#hasLoose ??= hasLoose(this.#catalogue);
    for (const [identity, event] of loose) this.#foldSharing(new Map([[identity, event]]), [], work);
    for (const job of jobs) {
      if (work.folded.has(job)) continue;
      const shared = this.#hasLoose ? this.#sharedBy(job, loose) : new Map<string, JobEvent>();
      if (shared.size > 0) this.#foldSharing(shared, [job], work);
      else this.#foldJobs([job], job.events.flat(), work);
    }
    return work.folded;
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#hasLoose = undefined;
  }

  /** The identities of a job that records without `job.uid` have, with an event that says each. */
  #sharedBy(job: RecentJob, loose: Touched["loose"]): Map<string, JobEvent> {
    const event = identifying(job);
    if (event === undefined) return new Map();
    return new Map(
      [...new Set([job.uid, identityOf(event) ?? job.uid])]
        .filter((identity) => loose.has(identity) || looseDays(this.#catalogue, identity).length > 0)
        .map((identity) => [identity, event]),
    );
  }

  /** Jobs of one identity are folded together with the records that do not say which of them they mean. */
  #foldSharing(identities: ReadonlyMap<string, JobEvent>, own: readonly RecentJob[], work: Work): void {
    const { touched, today } = work;
    const jobs = new Set(own);
    const events: StoredEvent[] = [];
    for (const [identity, event] of identities) {
      for (const uid of jobsOfIdentity(this.#files, identity, event.attributes)) {
        const job = this.#recent.find(uid);
        if (job !== undefined) jobs.add(job);
      }
      for (const job of this.#unlistedOf(identity, touched)) jobs.add(job);
      const days = new Set(looseDays(this.#catalogue, identity));
      if (touched.loose.has(identity)) days.add(today.day);
      events.push(...eventsIn(this.#reader.ofIdentity(identity, [...days])));
    }
    for (const job of jobs) events.push(...job.events.flat());
    this.#foldJobs([...jobs], events, work);
  }

  /** Jobs of these records that no list has yet. */
  #unlistedOf(identity: string, { jobs }: Touched): readonly RecentJob[] {
    this.#unlisted ??= Map.groupBy(
      [...jobs].filter(({ written }) => written === null),
      (job) => {
        const event = identifying(job);
        return (event && identityOf(event)) ?? "";
      },
    );
    return this.#unlisted.get(identity) ?? [];
  }

  #foldJobs(jobs: readonly RecentJob[], events: readonly StoredEvent[], { folded, today, now }: Work): void {
    const projection = project(
      events.map(({ event }) => event),
      now,
    );
    for (const job of jobs) folded.set(job, undefined);
    for (const job of projection.jobs)
      folded.set(jobs.find(({ uid }) => uid === job.uid) ?? this.#recent.get(job.uid, today), job);
    for (const event of projection.inferred) this.#keepInferred(event, events, today, now);
  }

  /** Writes an end that was inferred, from where the run's start came. It stays when a real end arrives later. */
  #keepInferred(event: JobEvent, events: readonly StoredEvent[], today: DayRecords, now: HrTime): void {
    const { "job.uid": jobUid = "", "job.run.uid": run, "log.record.uid": uid = "" } = event.attributes;
    const job = this.#recent.get(jobUid, today);
    if (job.inferred.has(uid)) return;
    job.inferred.add(uid);
    if (job.days.some((day) => day !== today.day && hasRecord(this.#files, day, uid))) return;
    const ofRun = events.filter(({ event: { attributes } }) => attributes["job.run.uid"] === run);
    const start = ofRun.find(({ event: { name } }) => name === "job.run.started") ?? ofRun[0];
    addDay(job, today.day);
    today.insert({
      uid,
      job: job.id,
      identity: null,
      kind: inferredKind,
      time: microsOf(event),
      received: micros(now),
      source: start === undefined ? 0 : this.#sourceOf(start, today),
      bytes: bytesOf(event),
    });
  }

  #sourceOf({ day, source }: StoredEvent, today: DayRecords): number {
    if (day === today.day) return source;
    return this.#files.read(day, "records", 0, (db) => today.sources.idOf(sourceReader(db)(source)));
  }
}
