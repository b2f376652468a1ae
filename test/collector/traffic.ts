import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";

/** A record of the job log, as a run's end: the `n`th of its queue. */
export const recordOf = (n: number, more: Partial<Received["record"]> = {}): Received => {
  const ms = Date.now();
  const time: [number, number] = [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
  return {
    resource,
    scope: { name: "@jobtrail/test" },
    record: {
      eventName: "job.run.ended",
      time,
      observed: time,
      severity: 9,
      body: `run of job ${n} ended`,
      ...more,
      attributes: {
        "log.record.uid": uidOf(n),
        "job.system.name": "bullmq",
        "job.queue.name": "email",
        "job.name": "welcome",
        "job.id": `${n}`,
        "job.run.result": "success",
        "job.run.final": true,
        ...more.attributes,
      },
    },
  };
};

/** The `log.record.uid` of the `n`th record. */
export const uidOf = (n: number): string => n.toString(16).padStart(32, "0");

/** The uids of records that arrived. */
export const uidsOf = (records: readonly Received[]): string[] =>
  records.map(({ record }) => String(record.attributes["log.record.uid"]));

const resource: Received["resource"] = { attributes: { "service.name": "shop", "service.instance.id": "one" } };

/** Sends records in one request, once. @returns the HTTP status. */
export const sendRecords = (http: string, records: readonly Received[]): Promise<number> =>
  post(http, "logs", new Uint8Array(encodeLogs(records, "protobuf")), "application/x-protobuf");

/** Sends records in one request, again and again, until it is acknowledged. @throws Error after the deadline. */
export async function deliver(http: string, records: readonly Received[], deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < deadline) {
    last = await sendRecords(http, records).catch((error: unknown) => error);
    if (last === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The records were not acknowledged within ${deadlineMs} ms; the last answer was ${String(last)}.`);
}

/** What a test says of a span. */
export interface SpanOf {
  readonly traceId: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly error?: boolean;
  readonly seconds?: number;
  readonly name?: string;
}

/** Sends spans in one request, once. @returns the HTTP status. */
export function sendSpans(http: string, spans: readonly SpanOf[]): Promise<number> {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource.attributes) },
        scopeSpans: [{ scope: { name: "@jobtrail/test" }, spans: spans.map(wireSpan) }],
      },
    ],
  };
  return post(http, "traces", JSON.stringify(body), "application/json");
}

function wireSpan({ traceId, attributes = {}, error = false, seconds = 0.1, name = "process email" }: SpanOf): unknown {
  const end = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId,
    spanId: Math.random().toString(16).slice(2).padEnd(16, "0").slice(0, 16),
    name,
    kind: 5,
    startTimeUnixNano: String(end - BigInt(Math.round(seconds * 1e9))),
    endTimeUnixNano: String(end),
    attributes: attributesOf(attributes),
    status: { code: error ? 2 : 0 },
  };
}

const attributesOf = (attributes: Readonly<Record<string, unknown>>): unknown[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

function valueOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "boolean") return { boolValue: value };
  return typeof value === "number" ? { intValue: String(value) } : { stringValue: String(value) };
}

async function post(
  http: string,
  signal: string,
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
): Promise<number> {
  const response = await fetch(`${http}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
