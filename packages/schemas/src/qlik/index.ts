import type { Form } from "../form.ts";
import type { JsonObject } from "../json.ts";
import { schemaOf } from "../schema.ts";
import type { Schema } from "../schema.ts";
import { derived } from "./derive.ts";
import { auditFields, eventFields, hybridFields, legacyFields } from "./field.ts";
import type { QlikAudit, QlikEvent, QlikHybridEvent, QlikLegacyEvent, QlikRecord, QlikRun } from "./record.ts";
import { auditShape, eventShape, hybridShape, legacyShape } from "./shape.ts";
import { readRun } from "./read.ts";

const hasNewer = (record: JsonObject): boolean => "specversion" in record || "type" in record;
const hasOlder = (record: JsonObject): boolean => "eventType" in record || "cloudEventsVersion" in record;
/** Events of other types have the same envelopes: an export of the audits is full of them. */
const isOther = (record: JsonObject): boolean => {
  const type = hasNewer(record) ? record["type"] : record["eventType"];
  const isEvent = "specversion" in record || hasOlder(record);
  return isEvent && typeof type === "string" && type !== "" && !type.endsWith(".run.ended");
};

const isOfAudits = (record: JsonObject): boolean => "id" in record || "tenantId" in record;

/** A run without an id has only this event, so that the event's id stands for it. */
const idOf = (record: { readonly data?: QlikRun | null }, event: string): string => record.data?.id || `event ${event}`;

/** Whose run it is that is not Qlik's: what comes before `.run.ended`, or where we wrote it, what stands in the source. */
function systemOf(type: string, source: string | null | undefined): string | undefined {
  if (type.startsWith("com.qlik.")) return undefined;
  const [, named] = /^jobtrail\/([\w.-]{1,64})$/.exec(source ?? "") ?? [];
  return named ?? /^([\w.-]{1,64})\.run\.ended$/.exec(type)?.[1] ?? "unknown";
}

const eventForm: Form<QlikEvent> = {
  name: "event",
  title: "A CloudEvent, as webhooks deliver it",
  shape: eventShape,
  fields: eventFields,
  is: (record) => !hasOlder(record),
  idOf: (event) => idOf(event, event.id),
  systemOf: ({ type, source }) => systemOf(type, source),
  read: (event, builder) => readRun(event, event.time, builder),
};

const hybridForm: Form<QlikHybridEvent> = {
  name: "hybrid",
  title: "A CloudEvent that has the older fields too, from November 2025 to October 2026",
  shape: hybridShape,
  fields: hybridFields,
  is: (record) => hasOlder(record) && hasNewer(record),
  idOf: (event) => idOf(event, event.id),
  systemOf: ({ type, source }) => systemOf(type, source),
  read: (event, builder) => readRun(event, event.time || event.eventTime, builder),
};

const legacyForm: Form<QlikLegacyEvent> = {
  name: "legacy",
  title: "An event as webhooks delivered it before November 2025",
  shape: legacyShape,
  fields: legacyFields,
  is: (record) => hasOlder(record) && !hasNewer(record) && !isOfAudits(record),
  idOf: (event) => idOf(event, event.eventId),
  systemOf: ({ eventType, source }) => systemOf(eventType, source),
  read: (event, builder) => readRun(event, event.eventTime, builder),
};

const auditForm: Form<QlikAudit> = {
  name: "audit",
  title: "An item of an answer of the audits interface",
  shape: auditShape,
  fields: auditFields,
  is: (record) => hasOlder(record) && !hasNewer(record) && isOfAudits(record),
  idOf: (item) => idOf(item, item.eventId || item.id),
  systemOf: ({ eventType, source }) => systemOf(eventType, source),
  read: (item, builder) => readRun(item, item.eventTime, builder),
};

/** The event of Qlik Cloud that a run of an automation has ended, in each of its envelopes. */
export const qlik: Schema<QlikRecord> = schemaOf<QlikRecord>({
  name: "qlik",
  title: "Qlik Cloud, automation run ended",
  version: "2026-10",
  source: { title: "Qlik developer portal, Automations events", url: "https://qlik.dev/apis/event/automations/" },
  system: "qlik",
  forms: [eventForm, hybridForm, legacyForm, auditForm],
  list: (answer) =>
    Array.isArray(answer)
      ? answer
      : typeof answer === "object" && answer !== null && "data" in answer && Array.isArray(answer.data)
        ? answer.data
        : undefined,
  isOther,
  derive: derived,
});
