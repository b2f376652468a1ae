import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { jobUid, runUid, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { encodeLogs } from "@jobtrail/otlp";
import { root } from "../../../tools/workspace.ts";

/** Records of one request. */
export const perRequest = 512;

/** Jobs that live at once: a request holds about two records of a job, and a job comes in two or three requests. */
const alive = 256;

const folder = join(root, ".cache/bench-joblog");

/** The requests of a corpus, as protobuf, read from a file that is made once and kept. */
export function* requests(records: number): Generator<Uint8Array> {
  const path = corpusFile(records);
  const file = openSync(path, "r");
  const length = Buffer.alloc(4);
  try {
    while (readSync(file, length, 0, 4, null) === 4) {
      const body = new Uint8Array(length.readUInt32LE(0));
      readSync(file, body, 0, body.byteLength, null);
      yield body;
    }
  } finally {
    closeSync(file);
  }
}

function corpusFile(records: number): string {
  const path = join(folder, `corpus-${records}.bin`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const file = openSync(`${path}.part`, "w");
  const length = Buffer.alloc(4);
  for (const events of batches(records)) {
    const body = encodeLogs(
      events.map((event) => ({ record: toRecord(event), resource, scope })),
      "protobuf",
    );
    length.writeUInt32LE(body.byteLength);
    writeSync(file, length);
    writeSync(file, body);
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

const resource = {
  attributes: {
    "service.name": "shop-worker",
    "service.version": "4.2.1",
    "service.instance.id": "0b5e7f0a-6f0b-4b8e-9a55-2d1f7c1e5a10",
    "host.name": "worker-1.eu-west-1.internal",
    "process.pid": 4711,
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": "3.1.0",
  },
};
const scope = { name: "@jobtrail/instrumentation-bullmq", version: "0.1.0" };

function* batches(records: number): Generator<JobEvent[]> {
  const jobs = Array.from({ length: alive }, (_, i) => life(i));
  let [next, made, batch] = [alive, 0, [] as JobEvent[]];
  for (let slot = 0; made < records; slot = (slot + 1) % alive) {
    const event = jobs[slot]?.next();
    if (event === undefined || event.done === true) {
      jobs[slot] = life(next++);
      continue;
    }
    batch.push(event.value);
    made += 1;
    if (batch.length < perRequest) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const queues = ["email", "orders", "reports", "images", "sync", "billing", "search-index", "webhooks"];
const names = ["send-receipt", "charge-card", "nightly-report", "resize", "pull-catalogue"];

/** 2026-03-02T03:00:00Z; a job each 50 ms. */
const begin = 1_772_420_400;

/** One job in four is tried twice, one in forty fails for good. */
function* life(i: number): Generator<JobEvent> {
  const [queue = "", name = ""] = [queues[i % queues.length], names[Math.floor(i / 3) % names.length]];
  const identity = { system: "bullmq", namespace: "bull/0", queue, id: String(i) };
  const uid = jobUid({ ...identity, created: begin * 1000 + i * 50 });
  let time = begin + i * 0.05;
  const event = (what: EventName, more: JobAttributes, error?: JobEvent["error"]): JobEvent => ({
    name: what,
    time: [Math.floor(time), Math.round((time % 1) * 1e3) * 1e6],
    seen: [Math.floor(time), Math.round((time % 1) * 1e3) * 1e6 + 40_000],
    span: {
      traceId: `${uid.slice(0, 30)}${String(more["job.run.number"] ?? 0).padStart(2, "0")}`,
      spanId: uid.slice(0, 16),
      traceFlags: 1,
    },
    attributes: {
      "job.system.name": "bullmq",
      "job.namespace": "bull/0",
      "job.queue.name": queue,
      "job.name": name,
      "job.id": identity.id,
      "job.uid": uid,
      "job.record.source": "hook",
      "job.actor.type": "user",
      "job.actor.id": `user-${i % 5000}`,
      "job.event.sequence": sequence,
      "log.record.uid": `9f8e7d6c5b4a3210-${(sequence++).toString(36)}`,
      ...more,
    },
    ...(error !== undefined && { error }),
  });
  yield event("job.queued", {
    "job.state": "waiting",
    "job.trigger.type": "api",
    "job.retry.max_attempts": 3,
  } as JobAttributes);
  const tries = i % 4 === 0 ? 2 : 1;
  for (let run = 1; run <= tries; run++) {
    const own = { "job.run.uid": runUid(uid, time * 1000), "job.run.number": run, "job.run.attempt": run };
    time += 1.2;
    yield event("job.run.started", {
      ...own,
      "job.state": "active",
      "job.run.wait": 1.2,
      "job.worker.name": `w${i % 12}`,
    });
    time += 0.8;
    const failed = run < tries || i % 40 === 0;
    yield event(
      "job.run.ended",
      {
        ...own,
        "job.run.result": failed ? "failure" : "success",
        "job.run.final": run === tries,
        "job.run.duration": 0.8,
      },
      failed ? { type: "ETIMEDOUT", message: `connect ETIMEDOUT 10.0.${i % 250}.7:443` } : undefined,
    );
    if (run < tries) yield event("job.retry_scheduled", { ...own, "job.state": "scheduled" });
  }
  time += 60;
  if (i % 3 === 0) yield event("job.removed", { "job.state": "removed", "job.reason": "cleaned" });
}

let sequence = 1;
