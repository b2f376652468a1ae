import { fromIso, isRefusal } from "@jobtrail/core/event";
import { parseJson, productLive } from "@jobtrail/schemas";
import type { ProductLiveAudit, ProductLiveRecord, ProductLiveRow } from "@jobtrail/schemas";
import { Hono } from "hono";
import type { Context } from "hono";
import { allowedAt, json } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { fitting, isSame } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { rateOf } from "./rate.ts";
import { derivedOf, jobsOf, newestOf, recordsOf, sliceOf, TooMuch } from "./records.ts";
import type { AskedJob, Owner, Timed } from "./records.ts";
import { within } from "./scope.ts";

type Key = Credentials["product-live"][number];

/** The most records of one page, and the most that may stand before it. */
const most = { size: 500, before: 10_000 } as const;

/**
 * Product-Live's way of asking: `GET` of the audit logs of entity `job`, a page at a time, with `X-Api-Key`. The
 * newest come first, in the spelling of the REST interface; 50 requests a minute.
 */
export function productLiveWay(asked: Asked): Hono {
  const app = new Hono();
  const rate = rateOf({ requests: 50, perMs: 60_000, now: asked.now });
  app.get("/compat/product-live/v1/audit_logs", async (c) => {
    const key = keyOf(c, asked);
    if (key === undefined) return refused(401, "Unauthorized: X-Api-Key is missing or unknown");
    const waitSeconds = rate.take(key.key);
    if (waitSeconds > 0) return refused(429, "Too many requests: 50 a minute", { "retry-after": String(waitSeconds) });
    const [page, size] = [numberIn(c, "page", 0), numberIn(c, "size", 10)];
    if (page === undefined) return refused(400, "page must be a whole number from 0");
    if (size === undefined || size < 1 || size > most.size)
      return refused(400, `size must be a whole number from 1 to ${most.size}`);
    if (page * size > most.before)
      return refused(400, `page ${page} of ${size} begins behind ${most.before} records: ask for newer ones`);
    return answer(asked, key, { page, size });
  });
  return app;
}

async function answer(
  { store, owner }: Asked,
  { scope }: Key,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<Response> {
  const all = newestOf(jobsOf(store, within({ where: [] }, scope)), (job) => auditsOf(job, owner));
  try {
    const found = await sliceOf(all, page * size, size);
    return json({ object: "list", data: found.map(({ record }) => record) });
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return refused(400, `page ${page} takes too long to find: ask for newer records`);
  }
}

const keyOf = (c: Context, asked: Asked): Key | undefined => {
  const given = c.req.header("x-api-key");
  return given === undefined
    ? undefined
    : fitting(allowedAt(c, asked)?.["product-live"] ?? [], ({ key }) => isSame(key, given));
};

function numberIn(c: Context, name: string, absent: number): number | undefined {
  const text = c.req.query(name) ?? String(absent);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const refused = (status: number, message: string, headers: Record<string, string> = {}): Response =>
  json({ object: "error", status, message }, status, headers);

/** A job's audit logs. What was read as a job execution is no audit log, and is made one like any other job. */
export function auditsOf({ history, row }: AskedJob, owner: Owner): readonly Timed<ProductLiveAudit>[] {
  const own = recordsOf(history, productLive, owner).flatMap(asAudit);
  const audits = own.length > 0 ? own : derivedOf(history, productLive, owner).flatMap(asAudit);
  const byKey = new Map(audits.map((record) => [keyIn(record), record]));
  return [...byKey].map(([key, record]) => ({
    time: fromIso(record.timeGenerated ?? "") ?? fromIso(row.last) ?? [0, 0],
    key: `${row.uid} ${key}`,
    record,
  }));
}

/** What is the same of a record that was read twice, as a row and by the REST interface. */
const keyIn = ({ type, details }: ProductLiveAudit): string =>
  `${type.replace(/ed$/, "")} ${details.jobInstanceId} ${"jobInstanceStatus" in details ? (details.jobInstanceEndAt ?? "") : ""}`;

function asAudit(record: ProductLiveRecord): readonly ProductLiveAudit[] {
  if ("PlType" in record) return auditOf(record);
  return "type" in record ? [record] : [];
}

/** A row of Log Analytics in the spelling of the REST interface. */
function auditOf(row: ProductLiveRow): readonly ProductLiveAudit[] {
  const { Id, EntityType, PlType, Version, Details, jobtrail } = row;
  const details = typeof Details === "string" ? detailsIn(Details) : Details;
  if (details === undefined) return [];
  const time = row["TimeGenerated [UTC]"] ?? row.TimeGenerated;
  return [
    {
      object: "audit_log",
      ...(Id !== undefined && { id: Id }),
      ...(time !== undefined && { timeGenerated: time === null ? null : shortened(time) }),
      ...(EntityType !== undefined && { entityType: EntityType }),
      type: PlType,
      ...(Version !== undefined && { version: Version === null ? null : String(Version) }),
      details,
      ...(jobtrail !== undefined && { jobtrail: { ...jobtrail, derived: jobtrail.derived.map(renamed) } }),
    },
  ];
}

function detailsIn(text: string): ProductLiveAudit["details"] | undefined {
  const parsed = parseJson(text);
  return isRefusal(parsed) ? undefined : (parsed.value as unknown as ProductLiveAudit["details"]);
}

/** The REST interface writes milliseconds; digits beyond them that say something are kept. */
const shortened = (time: string): string => time.replace(/(\.\d{3})0+(?=Z|[+-])/, "$1");

const names: Readonly<Record<string, string>> = {
  Id: "id",
  "TimeGenerated [UTC]": "timeGenerated",
  EntityType: "entityType",
  PlType: "type",
  Version: "version",
};

const renamed = (name: string): string => names[name] ?? name.replace(/^Details\./, "details.");
