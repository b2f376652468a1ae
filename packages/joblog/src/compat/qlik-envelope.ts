import type { JsonObject, QlikAudit, QlikEvent, QlikRecord } from "@jobtrail/schemas";

/** What all envelopes of a run's end say, by the names of a CloudEvent. */
type Parts = Readonly<Record<string, unknown>>;

/** An event in the envelope of the audits interface, whichever envelope it came in. */
export function auditOf(record: QlikRecord): QlikAudit {
  if (isAudit(record)) return record;
  const parts = partsOf(record);
  return present({
    id: parts["id"],
    eventId: parts["id"],
    eventTime: parts["time"],
    eventType: parts["type"],
    eventTypeVersion: parts["eventTypeVersion"],
    contentType: parts["datacontenttype"],
    source: parts["source"],
    tenantId: parts["tenantid"],
    userId: parts["userid"],
    extensions: present({
      ownerId: parts["ownerid"],
      spaceId: parts["spaceid"],
      topLevelResourceId: parts["toplevelresourceid"],
    }),
    data: parts["data"],
    jobtrail: markWith(record, auditNames),
  }) as unknown as QlikAudit;
}

/** An event as webhooks deliver it, whichever envelope it came in. */
export function eventOf(record: QlikRecord): QlikEvent {
  const { eventTypeVersion: _, ...parts } = partsOf(record);
  return present({ specversion: "1.0.2", ...parts, jobtrail: markWith(record, {}) }) as unknown as QlikEvent;
}

const isAudit = (record: QlikRecord): record is QlikAudit =>
  "tenantId" in record || ("id" in record && "eventType" in record && !("specversion" in record));

/** The newer names go first. */
function partsOf(record: QlikRecord): Parts {
  const all = record as unknown as JsonObject;
  const older = (typeof all["extensions"] === "object" ? all["extensions"] : null) as JsonObject | null;
  const first = (...values: readonly unknown[]): unknown =>
    values.find((value) => value !== undefined && value !== null);
  return present({
    id: isAudit(record) ? first(all["eventId"], all["id"]) : first(all["id"], all["eventId"]),
    time: first(all["time"], all["eventTime"]),
    type: first(all["type"], all["eventType"]),
    source: all["source"],
    specversion: all["specversion"],
    datacontenttype: first(all["datacontenttype"], all["contentType"]),
    tenantid: first(all["tenantid"], all["tenantId"], older?.["tenantId"]),
    userid: first(all["userid"], all["userId"], older?.["userId"]),
    ownerid: first(all["ownerid"], older?.["ownerId"]),
    spaceid: first(all["spaceid"], older?.["spaceId"]),
    toplevelresourceid: first(all["toplevelresourceid"], older?.["topLevelResourceId"]),
    data: all["data"],
    eventTypeVersion: all["eventTypeVersion"],
  });
}

const auditNames: Readonly<Record<string, readonly string[]>> = {
  id: ["id", "eventId"],
  time: ["eventTime"],
  type: ["eventType"],
  datacontenttype: ["contentType"],
  specversion: [],
};

function markWith({ jobtrail }: QlikRecord, names: Readonly<Record<string, readonly string[]>>): unknown {
  if (jobtrail === undefined) return undefined;
  return { ...jobtrail, derived: jobtrail.derived.flatMap((name) => names[name] ?? [name]) };
}

const present = (fields: Parts): Parts =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
