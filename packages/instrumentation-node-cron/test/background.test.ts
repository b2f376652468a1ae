import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("a background task is told by the process that node-cron forks for it, and by that alone", async () => {
  await using receiver = await startReceiver();
  const given = [
    "--conditions=@jobtrail/source",
    "--import",
    here("../../register/src/index.ts"),
    here("background.mjs"),
  ];
  const env = { PATH: process.env["PATH"], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const { stdout } = await promisify(execFile)(process.execPath, given, { env });
  expect(stdout).toBe("done in the background\n");
  const events = receiver.events();
  expect(events.map(({ name, attributes }) => [name, attributes["job.schedule.id"]])).toEqual([
    ["job.schedule.created", "background"],
    ["job.run.started", "background"],
    ["job.run.ended", "background"],
    ["job.schedule.deleted", "background"],
  ]);
  expect(events.at(2)?.attributes).toMatchObject({ "job.run.result": "success", "job.counter.pages": 3 });
  expect(receiver.spans().map(({ name }) => name)).toEqual(["run background"]);
});
