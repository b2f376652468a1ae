import { jobUid, runUid, toRecord } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { JobAttributes, EventName } from "@jobtrail/conventions";

import type { Received } from "@jobtrail/otlp";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { createHash } from "node:crypto";

/** 2026-03-02T03:00:00Z, in seconds. */
export const nightly = 1_772_420_400;

/** A time, in seconds after the beginning of the story. */
export const at = (seconds: number, begin: number = nightly): HrTime => {
  const whole = Math.floor(begin + seconds);
  return [whole, Math.round((begin + seconds - whole) * 1e6) * 1e3];
};

/** Constants of the jobs in a story. */
export interface Kind {
  readonly system: string;
  readonly namespace?: string;
  readonly queue: string;
  readonly name: string;
}

export const email: Kind = { system: "bullmq", namespace: "bull/0", queue: "email", name: "send-receipt" };
export const order: Kind = { system: "pgboss", namespace: "pgboss", queue: "orders", name: "charge-card" };

/** Makes the events of one job, each with a uid of its own that is equal each time. */
export class JobStory {
  readonly uid: string;
  readonly #kind: Kind;
  readonly #id: string;
  readonly #more: JobAttributes;
  readonly #begin: number;

  /** @param begin of its story, in Unix seconds. */
  constructor(kind: Kind, id: string, more: JobAttributes = {}, begin: number = nightly) {
    this.#begin = begin;
    this.#kind = kind;
    this.#id = id;
    this.#more = more;
    this.uid = jobUid({ system: kind.system, namespace: kind.namespace, queue: kind.queue, id });
  }

  queued(seconds: number, more: JobAttributes = {}): JobEvent {
    return this.event("job.queued", seconds, { "job.state": "waiting", ...this.#more, ...more });
  }

  started(run: number, seconds: number, more: JobAttributes = {}): JobEvent {
    return this.event("job.run.started", seconds, { ...this.#run(run), "job.state": "active", ...more }, run);
  }

  ended(run: number, seconds: number, more: JobAttributes = {}, error?: JobError): JobEvent {
    const event = this.event("job.run.ended", seconds, { ...this.#run(run), ...more }, run);
    return error === undefined ? event : { ...event, error };
  }

  succeeded(run: number, seconds: number, more: JobAttributes = {}): JobEvent {
    return this.ended(run, seconds, { "job.run.result": "success", "job.run.final": true, ...more });
  }

  failed(run: number, seconds: number, final: boolean, error: JobError): JobEvent {
    return this.ended(run, seconds, { "job.run.result": "failure", "job.run.final": final }, error);
  }

  event(name: EventName, seconds: number, attributes: JobAttributes = {}, run = 0): JobEvent {
    const { system, namespace, queue, name: what } = this.#kind;
    return {
      name,
      time: at(seconds, this.#begin),
      seen: at(seconds, this.#begin),
      ...(run > 0 && { span: this.span(run) }),
      attributes: {
        "job.system.name": system,
        ...(namespace !== undefined && { "job.namespace": namespace }),
        "job.queue.name": queue,
        "job.name": what,
        "job.id": this.#id,
        "job.uid": this.uid,
        "job.record.source": "hook",
        "log.record.uid": hash(`${this.uid} ${name} ${seconds} ${JSON.stringify(attributes)}`, 24),
        ...attributes,
      },
    };
  }

  /** The span of a run; each run has a trace of its own. */
  span(run: number): SpanContext {
    const digits = hash(`${this.uid} ${run}`, 48);
    return { traceId: digits.slice(0, 32), spanId: digits.slice(32), traceFlags: 1 };
  }

  runUid(run: number): string {
    return runUid(this.uid, run);
  }

  #run(run: number): JobAttributes {
    return { "job.run.uid": this.runUid(run), "job.run.number": run, "job.run.attempt": run };
  }
}

const hash = (text: string, digits: number): string => createHash("sha256").update(text).digest("hex").slice(0, digits);

const resource = { attributes: { "service.name": "shop-worker", "host.name": "worker-1" } };
const scope = { name: "@jobtrail/test" };

/** An event as the receiver gets it. */
export const received = (event: JobEvent): Received => ({ record: toRecord(event), resource, scope });

/** A log line that is no job event. */
export const line = (text: string, seconds: number, span?: SpanContext, attributes: JobAttributes = {}): Received => ({
  record: {
    observed: at(seconds),
    time: at(seconds),
    severity: 9,
    body: text,
    attributes: { ...attributes },
    ...(span !== undefined && { span }),
  },
  resource,
  scope,
});

/** Without the same attributes as before. */
export function without(event: JobEvent, ...keys: (keyof JobAttributes)[]): JobEvent {
  const attributes: Record<string, unknown> = { ...event.attributes };
  for (const key of keys) delete attributes[key];
  return { ...event, attributes: attributes as JobAttributes };
}

export const refusedCard: JobError = {
  type: "CardRefused",
  message: "The bank refused the card: insufficient funds",
  stack:
    "CardRefused: The bank refused the card: insufficient funds\n    at charge (/srv/shop/payments.js:41:11)\n    at async handler (/srv/shop/worker.js:17:5)",
};
