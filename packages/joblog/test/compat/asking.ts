import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import { betterContentArchiving, devo, harperdb, productLive, qlik } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import { expect } from "vitest";
import { startJobLog } from "../../src/index.ts";
import type { JobLog, JobLogOptions } from "../../src/index.ts";
import { post } from "../sender.ts";
import { at, email, JobStory, order, received, refusedCard } from "../story.ts";

/** Starts a job log in memory that holds some events. */
export async function holding(events: readonly JobEvent[], options: JobLogOptions = {}): Promise<JobLog> {
  const log = await startJobLog({ port: 0, ...options });
  await add(log, events);
  return log;
}

/** Sends events to a job log. */
export async function add(log: JobLog, events: readonly JobEvent[]): Promise<void> {
  const { status } = await post(`${log.url}/v1/logs`, encodeLogs(events.map(received), "protobuf"));
  expect(status).toBe(200);
}

/** The development credentials, as each way of asking takes them. */
export const basic = { authorization: `Basic ${Buffer.from("jobtrail:development").toString("base64")}` };
export const bearer = { authorization: "Bearer development" };
export const apiKey = { "x-api-key": "development" };

/** The headers of a request that is signed as Devo's clients do. */
export function signed(now = Date.now(), key = "jobtrail", secret = "development"): Record<string, string> {
  return {
    "content-type": "application/json",
    "x-logtrust-apikey": key,
    "x-logtrust-timestamp": String(now),
    "x-logtrust-sign": createHmac("sha256", secret).update(`${key}${now}`).digest("hex"),
  };
}

// What a test asserts of an answer is checked by the assertion itself.
/* oxlint-disable typescript/no-explicit-any */
/** An answer in JSON. */
export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** Asks a job log for JSON. */
export async function ask(log: JobLog, path: string, init: RequestInit = {}): Promise<Asked> {
  const answer = await fetch(new URL(path, log.url), init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
}
/* oxlint-enable typescript/no-explicit-any */

/** Asks HarperDB's way for an operation. */
export const operation = (
  log: JobLog,
  body: object | string,
  headers: Record<string, string> = basic,
): Promise<Asked> =>
  ask(log, "/compat/harperdb", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** Jobs of three systems: one that succeeded, one that failed at its second try, one at work, one of a schedule. */
export const stories = {
  sent: new JobStory(email, "59f9cd79-08c1-4154-84fc-86289306b5ee", {
    "job.actor.id": "ann",
    "job.actor.type": "user",
  }),
  refused: new JobStory(order, "2", { "job.tenant.id": "acme" }),
  working: new JobStory(email, "3", { "job.scope.type": "space", "job.scope.id": "docs" }),
  nightly: new JobStory({ system: "croner", queue: "nightly", name: "nightly" }, "4", { "job.trigger.type": "cron" }),
} as const;

const { sent, refused, working, nightly } = stories;

/** What happened to them. */
export const events: readonly JobEvent[] = [
  sent.queued(0),
  sent.started(1, 1),
  sent.succeeded(1, 3, { "job.run.duration": 2 }),
  refused.queued(4),
  refused.started(1, 5),
  refused.failed(1, 6, false, refusedCard),
  refused.started(2, 600),
  refused.failed(2, 602, true, refusedCard),
  working.queued(7),
  working.started(1, 8),
  nightly.queued(9),
  nightly.started(1, 10),
  nightly.succeeded(1, 12, { "job.counter.emails_sent": 37 }),
];

/** The records that the documents print, or that were made after them, as the schemas' tests keep them. */
export const samples: Readonly<Record<string, readonly [Schema<object>, ...string[]]>> = {
  harperdb: [harperdb, "printed.json"],
  devo: [devo, "printed-get.json", "printed-stop.json", "made-email.json"],
  "product-live": [productLive, "printed-queue.json", "printed-end.json"],
  qlik: [qlik, "made-event.json", "made-hybrid.json", "made-legacy.json", "made-audit.json"],
  "better-content-archiving": [betterContentArchiving, "made-exact.json"],
};

const folder = join(import.meta.dirname, "../../../schemas/test/samples");

/** A kept record of a schema. */
export const sample = (schema: string, name: string): string => readFileSync(join(folder, schema, name), "utf8");

/** The events of the kept records of a schema. */
export function sampleEvents(name: string): readonly JobEvent[] {
  const [schema, ...files] = samples[name] ?? [];
  return files.flatMap((file) => {
    const record = schema?.parse(sample(name, file));
    if (schema === undefined || record === undefined || isRefusal(record)) throw new Error(`${file} is no record`);
    return schema.read(record, at(0));
  });
}
