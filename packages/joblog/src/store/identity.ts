import type { JobAttributes } from "@jobtrail/conventions";
import { findJob } from "./catalogue.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { mostOfIdentity } from "./kinds.ts";

/** So many days are looked through for jobs of one identity, the newest that have its queue. */
const mostDays = 32;

const find = `SELECT uid FROM jobs WHERE native_id = ? AND +definition IN (SELECT value FROM json_each(?))
  ORDER BY id DESC LIMIT ?`;

/**
 * The uids of the jobs that a record without `job.uid` may mean, the newest: systems that use ids again have had
 * several jobs of its system, namespace, queue and id.
 */
export function jobsOfIdentity(files: Files, identity: string, attributes: JobAttributes): readonly string[] {
  const uids = new Set<string>(findJob(files.catalogue, identity) === undefined ? [] : [identity]);
  const { "job.id": id, "job.system.name": system, "job.namespace": namespace, "job.queue.name": queue } = attributes;
  const definitions = "SELECT id FROM definitions WHERE system = ? AND namespace = ? AND queue = ?";
  const values = [system ?? "", namespace ?? "", queue ?? ""];
  const days = files.catalogue.all<{ day: Day; definition: number }>(
    `SELECT day, definition FROM definition_days WHERE definition IN (${definitions}) ORDER BY day DESC`,
    ...values,
  );
  for (const [day, of] of [...Map.groupBy(days, (row) => row.day)].slice(0, mostDays)) {
    const ids = JSON.stringify(of.map(({ definition }) => definition));
    const found = files.read(day, "jobs", [], (db) => db.all<{ uid: string }>(find, id ?? "", ids, mostOfIdentity));
    for (const { uid } of found) uids.add(uid);
    if (uids.size >= mostOfIdentity) break;
  }
  return [...uids].slice(0, mostOfIdentity);
}
