import { createHash } from "node:crypto";

/** How many jobs are under way at a time: so far the end of a job is from its start. */
const underWay = 5000;

const titles = ["import-items", "export-items_api", "publish catalogue", "sync prices", "mise à jour des médias"];
const statuses = ["COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "FAILED", "TIMED_OUT", "ABORTED"];
const origins = ["API", "APP", "PERIODIC", "PUBLICATION", "SETTINGS"];
const others = ["item.create", "item.update", "user.login"];

/** A record of an audit log. */
export interface AuditRecord {
  /** Whether it is about a job. */
  readonly isOfJob: boolean;
  readonly columns: Readonly<Record<string, unknown>>;
}

/**
 * The records of a Product-Live audit log of so many jobs: each is queued, and ended thousands of records later; one
 * record in ten is of another kind. The same each time.
 */
export function* auditLog(jobs: number): Generator<AuditRecord> {
  for (let i = 0; i < jobs + underWay; i++) {
    if (i < jobs) yield queued(i);
    if (i >= underWay) yield ended(i - underWay);
    if (i % 5 === 0) yield row(i, "other", of(others, i), { itemId: idOf("item", i) }, false);
  }
}

function queued(i: number): AuditRecord {
  const isOfUser = i % 4 !== 0;
  const details = {
    ...detailsOf(i),
    ...(isOfUser
      ? { jobType: "USER", jobKey: `job-${i % 300}`, jobPeriodicity: [] }
      : { jobType: "SYSTEM", systemJobType: "EXPORT_ITEMS" }),
    actionOrigin: of(origins, i),
  };
  return row(i, "queue", "job.queued", details, true);
}

function ended(i: number): AuditRecord {
  const details = {
    ...detailsOf(i),
    jobInstanceStatus: of(statuses, i),
    jobInstanceUpdatedAt: timeAt(i, 9007),
    jobInstanceStartAt: timeAt(i, 2058),
    jobInstanceEndAt: timeAt(i, 8301),
  };
  return row(i, "end", "job.end", details, true);
}

const detailsOf = (i: number): Readonly<Record<string, unknown>> => ({
  accountId: "4201",
  userId: String(i % 900),
  jobOwnerAccountId: "4201",
  jobId: idOf("definition", i % 300),
  jobTitle: of(titles, i),
  jobInstanceId: idOf("instance", i),
  pipelineId: idOf("pipeline", i % 12),
});

const row = (i: number, kind: string, type: string, details: object, isOfJob: boolean): AuditRecord => ({
  isOfJob,
  columns: {
    Id: idOf(kind, i),
    "TimeGenerated [UTC]": timeAt(i, 9500),
    EntityType: type.slice(0, type.indexOf(".")),
    PlType: type,
    Version: 2,
    Details: details,
  },
});

const of = (values: readonly string[], i: number): string => values[i % values.length] ?? "";

const idOf = (kind: string, i: number): string => createHash("md5").update(`${kind} ${i}`).digest("hex").slice(0, 24);

/** A time in the form of the log, with its seven decimals. */
const timeAt = (i: number, ms: number): string =>
  `${new Date(1_738_576_500_000 + i * 731 + ms).toISOString().slice(0, -1)}0000Z`;
