import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startJobLog } from "@jobtrail/joblog";
import { startReceiver } from "@jobtrail/testing";
import { expect } from "vitest";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { backendAt, startCollector, collectorTest as test } from "./collector.ts";
import { sumOf } from "./samples.ts";
import { freePorts } from "./otelcol.ts";

const text = readFileSync(
  join(import.meta.dirname, "../../packages/schemas/test/samples/qlik/made-event.json"),
  "utf8",
);

test("a foreign body comes to a job log as its job, and to any other backend as it came, with its mark", async () => {
  await using log = await startJobLog({ port: 0 });
  await using vendor = await startReceiver();
  const [port = 0] = await freePorts(1);
  const door = `127.0.0.1:${port}`;
  const env = {
    JOBTRAIL_COLLECTOR_FOREIGN: door,
    JOBTRAIL_COLLECTOR_FOREIGN_SCHEMA: "qlik",
    JOBTRAIL_JOBLOG_ENDPOINT: log.url,
  };
  const { files } = stackOf("agent", ["joblog"], ["foreign-body"]);
  await using collector = await startCollector({ config: [...files, backendAt(vendor.url)], env });
  const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }] };
  const answer = await fetch(`http://${door}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  await vendor.waitFor(({ records }) => records().length > 0);
  expect(vendor.records().map(({ record }) => record)).toMatchObject([
    { body: text, attributes: { "job.record.schema": "qlik" } },
  ]);
  await collector.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_exporter_sent_log_records", { exporter: "otlp_http/joblog" }) === 1,
    /sent_log_records/,
  );
  expect(await log.summary()).toMatchObject({ jobs: 1, runs: 1 });
});
