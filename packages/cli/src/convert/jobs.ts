import type { DatabaseSync, StatementSync } from "node:sqlite";
import { signsOfLife, uidWithoutCreation } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { temporary } from "./temporary.ts";

/** Of these only the newest count: a run of hours has thousands of them, and each says the same. */
const signs = signsOfLife.map((name) => `'${name}'`).join(", ");
const mostSigns = 50;

const commitEvery = 50_000;

/** Events by their jobs, in a temporary file that SQLite removes by itself, also when the process is killed. */
export class EventsByJob implements Disposable {
  readonly #db: DatabaseSync = temporary();
  readonly #add: StatementSync;
  readonly #leaveOut: StatementSync;
  #count = 0;

  constructor() {
    this.#db.exec(`
      CREATE TABLE events (seq INTEGER PRIMARY KEY, job TEXT, identity TEXT, name TEXT NOT NULL, event TEXT NOT NULL);
      CREATE TABLE written (job TEXT PRIMARY KEY) WITHOUT ROWID;
      BEGIN;
    `);
    this.#add = this.#db.prepare("INSERT INTO events (job, identity, name, event) VALUES (?, ?, ?, ?)");
    this.#leaveOut = this.#db.prepare("INSERT OR IGNORE INTO written VALUES (?)");
  }

  /** Keeps an event for its job. */
  add(event: JobEvent): void {
    this.#add.run(
      event.attributes["job.uid"] ?? null,
      uidWithoutCreation(event.attributes) ?? null,
      event.name,
      JSON.stringify(event),
    );
    if (++this.#count % commitEvery === 0) this.#db.exec("COMMIT; BEGIN;");
  }

  /** Leaves out a job, because records that stand for it were written already. */
  leaveOut(job: string): void {
    this.#leaveOut.run(job);
  }

  /**
   * The events of each job, jobs in the order in which they were first counted of. Jobs of one identity are together
   * where events that do not name their job may belong to any of them.
   */
  *all(): Generator<readonly JobEvent[]> {
    this.#db.exec(gather);
    const eventsOf = this.#db.prepare(eventsOfJob);
    const jobs = this.#db.prepare("SELECT job FROM events GROUP BY job ORDER BY min(seq)");
    for (const { job } of jobs.iterate() as Iterable<{ job: string }>) {
      const rows = eventsOf.all(job) as unknown as readonly { event: string }[];
      yield rows.map(({ event }) => JSON.parse(event) as JobEvent);
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

const gather = `
  COMMIT;
  BEGIN;
  DELETE FROM events WHERE job IN (SELECT job FROM written);
  CREATE TABLE strays AS SELECT DISTINCT identity FROM events WHERE job IS NULL;
  CREATE TABLE shared (job TEXT PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO shared SELECT job, identity FROM events WHERE job IS NOT NULL AND identity IN (SELECT identity FROM strays);
  UPDATE events SET job = 'identity ' || identity WHERE job IS NULL;
  UPDATE events SET job = 'identity ' || (SELECT identity FROM shared WHERE shared.job = events.job)
    WHERE job IN (SELECT job FROM shared);
  CREATE INDEX events_by_job ON events (job, name);
  COMMIT;
`;

const eventsOfJob = `
  SELECT seq, event FROM events WHERE job = ?1 AND name NOT IN (${signs})
  UNION ALL
  SELECT * FROM (SELECT seq, event FROM events WHERE job = ?1 AND name IN (${signs}) ORDER BY seq DESC LIMIT ${mostSigns})
  ORDER BY seq
`;
