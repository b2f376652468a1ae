import type { JobAttributes } from "@jobtrail/conventions";
import { cut, fromIso, jobUid, runUid, withoutSecrets } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Carrier } from "@jobtrail/core/recorder";
import { qlik as schema } from "@jobtrail/schemas";
import type { JsonObject } from "@jobtrail/schemas";
import { isRefusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { learnedBy } from "../record.ts";

/** A run as the runs interface shows it. */
export interface ShownRun {
  readonly id: string;
  readonly title?: string | undefined;
  readonly createdAt?: string | null | undefined;
  readonly startTime?: string | null | undefined;
  readonly stopTime?: string | null | undefined;
}

/** The span that caused an event, where its envelope names one. */
export function carrierIn(record: JsonObject): Carrier | undefined {
  const { traceparent, tracestate } = record;
  if (typeof traceparent !== "string") return undefined;
  return { traceparent, ...(typeof tracestate === "string" && { tracestate }) };
}

/** The events of a run that is not over, from the runs interface. */
export function openEvents(run: ShownRun, automation: string, seen: HrTime): readonly JobEvent[] {
  const uid = jobUid({ system: "qlik", id: run.id });
  const of: JobAttributes = {
    "job.system.name": "qlik",
    ...(run.title !== undefined && { "job.name": run.title }),
    "job.definition.id": automation,
    "job.id": run.id,
    "job.uid": uid,
    "job.record.source": "poll",
  };
  const [queued, started] = [timeIn(run.createdAt), timeIn(run.startTime)];
  const runId = runUid(uid, 1);
  const events: JobEvent[] = [];
  if (queued !== undefined)
    events.push({
      name: "job.queued",
      time: queued,
      seen,
      attributes: { ...of, "log.record.uid": `${uid}-job.queued` },
    });
  if (started !== undefined)
    events.push({
      name: "job.run.started",
      time: started,
      seen,
      attributes: { ...of, "job.run.uid": runId, "job.run.number": 1, "log.record.uid": `${runId}-job.run.started` },
    });
  return events;
}

const timeIn = (text: string | null | undefined): HrTime | undefined =>
  text === undefined || text === null ? undefined : fromIso(text);

/**
 * The events of a run that ended and whose event never came, from the runs interface. They are what its event would
 * have said, and have no record, since none was received.
 */
export function endedEvents(run: JsonObject, automation: string, seen: HrTime): readonly JobEvent[] {
  const record = schema.parse({
    id: `run ${String(run["id"])}`,
    type: "com.qlik.v1.automation.run.ended",
    source: "com.qlik/automations",
    specversion: "1.0.2",
    tenantid: "unknown",
    toplevelresourceid: automation,
    data: run,
  });
  if (isRefusal(record)) return [];
  return learnedBy(schema.read(record, seen), "reconciliation").map((event) => {
    const { own: _, ...rest } = event;
    const {
      "job.record.schema": _schema,
      "job.record.form": _form,
      "job.record.rest": _rest,
      ...attributes
    } = event.attributes;
    const { "job.tenant.id": _tenant, ...known } = attributes;
    return { ...rest, attributes: known };
  });
}

const longest = 1024;

/** An event with the text of its error, which only the runs interface has. */
export function withError(event: JobEvent, error: unknown): JobEvent {
  const text = textsIn(error).join("; ");
  if (event.error === undefined || text === "") return event;
  const message = cut(withoutSecrets(cut(text, 4 * longest)), longest).toWellFormed();
  return { ...event, error: { ...event.error, message } };
}

/** No document says what an item of a run's error is. */
function textsIn(error: unknown): readonly string[] {
  if (typeof error === "string") return error === "" ? [] : [error];
  if (Array.isArray(error)) return error.flatMap(textsIn);
  if (typeof error !== "object" || error === null) return [];
  const { title, message, detail, description, error: inner } = error as Readonly<Record<string, unknown>>;
  return [title, message, detail, description, inner].flatMap(textsIn).slice(0, 2);
}
