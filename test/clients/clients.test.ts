import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { jobUid, runUid, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { readCredentials, startJobLog } from "@jobtrail/joblog";
import type { Credentials, JobLog } from "@jobtrail/joblog";
import { encodeLogs } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { devoClient, front, printed, qlikClient } from "./clients.ts";

/** Installing a client takes a while at the first time. */
const patience = { timeout: 300_000 };

const credentials = readCredentials({
  devo: [{ key: "a-key", secret: "a-secret" }, { token: "a-secret" }],
  qlik: [{ token: "a-token" }],
}) as Credentials;

const ids = ["59f9cd79-08c1-4154-84fc-86289306b5ee", "6a2b8a34-0f7c-4f8e-9d0c-51a1a3a0d3f1", "b"];

/** A job log that holds a few jobs that ended a minute ago. */
async function filled(): Promise<JobLog> {
  const log = await startJobLog({ port: 0, credentials });
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

const noPython = spawnSync("python3", ["-c", "import venv, ensurepip"]).status !== 0 && process.env["CI"] !== "true";
if (noPython)
  console.warn("Devo's client is not tried: there is no Python with venv. Install it: apt-get install python3-venv");

test.skipIf(noPython)(
  "Devo's own client lists jobs, asks for one, and is told why it cannot be stopped",
  patience,
  async () => {
    const python = await devoClient();
    await using log = await filled();
    await using tls = await front(`${log.url}/compat/devo`);
    const env = {
      ADDRESS: tls.host,
      CERTIFICATE: tls.certificate,
      KEY: "a-key",
      SECRET: "a-secret",
      JOB: ids[0] ?? "",
    };
    const given = await printed(python, [join(import.meta.dirname, "ask_devo.py")], env, import.meta.dirname);
    expect(given.jobs).toMatchObject({ status: 0 });
    expect(given.jobs.object.map(({ status }: { status: string }) => status)).toEqual(Array(3).fill("COMPLETED"));
    expect(given.job).toMatchObject({ status: 0, object: { id: ids[0], status: "COMPLETED" } });
    expect(given.token.object).toEqual(given.job.object);
    expect([given.unknown.status, given.stop.status, given.start.status, given.remove.status]).toEqual([
      100, 108, 101, 101,
    ]);
    expect(given.wrong.failed ?? JSON.stringify(given.wrong)).toMatch(/Unauthorized|401|\{\}/);
  },
);

test("Qlik's own client reads all audits, page by page", patience, async () => {
  const folder = await qlikClient();
  await using log = await filled();
  await using tls = await front(`${log.url}/compat/qlik`);
  const read = (apiKey: string): Promise<{ pages?: { data: { status: string } }[][]; status?: number }> =>
    printed(
      process.execPath,
      ["audits.mjs"],
      { HOST_URL: `https://${tls.host}`, API_KEY: apiKey, NODE_EXTRA_CA_CERTS: tls.certificate },
      folder,
    );
  const { pages = [] } = await read("a-token");
  expect(pages.map((page) => page.map(({ data }) => data.status))).toEqual([["finished", "finished"], ["finished"]]);
  expect(await read("wrong")).toMatchObject({ status: 401 });
});
