import { jobUid, runUid, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { startJobLog } from "@jobtrail/joblog";
import type { JobLog, JobLogOptions } from "@jobtrail/joblog";
import { encodeLogs } from "@jobtrail/otlp";
import { expect } from "vitest";

/** The ids of its jobs. */
export const ids = ["59f9cd79-08c1-4154-84fc-86289306b5ee", "6a2b8a34-0f7c-4f8e-9d0c-51a1a3a0d3f1", "b"];

/** A job log that holds a few jobs that ended a minute ago. */
export async function filled(options: JobLogOptions = {}): Promise<JobLog> {
  const log = await startJobLog({ port: 0, ...options });
  const start = Math.floor(Date.now() / 1000) - 60;
  const events = ids.flatMap((id, i): JobEvent[] => {
    const uid = jobUid({ system: "bullmq", queue: "mail", id });
    const constant = {
      "job.system.name": "bullmq",
      "job.queue.name": "mail",
      "job.name": "send-receipt",
      "job.id": id,
      "job.uid": uid,
      "job.record.source": "hook",
    } as const;
    const run = { "job.run.uid": runUid(uid, 1), "job.run.number": 1 };
    const at = (seconds: number, name: JobEvent["name"], more: JobEvent["attributes"]): JobEvent => ({
      name,
      time: [start + seconds, 0],
      seen: [start + seconds, 0],
      attributes: { ...constant, "log.record.uid": `${id}-${seconds}`, ...more },
    });
    return [
      at(i, "job.queued", {}),
      at(10 + i, "job.run.started", run),
      at(20 + i, "job.run.ended", { ...run, "job.run.result": "success", "job.run.final": true }),
    ];
  });
  const { status } = await fetch(`${log.url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: Buffer.from(
      encodeLogs(
        events.map((event) => ({ record: toRecord(event), resource: { attributes: {} }, scope: { name: "test" } })),
        "protobuf",
      ),
    ),
  });
  expect(status).toBe(200);
  return log;
}
