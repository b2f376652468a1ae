import { startJobLog } from "@jobtrail/joblog";
import { expect, test } from "vitest";
import { register, runProgram } from "../hosts/hosts.ts";
import { folderOf } from "./program.ts";

/** Runs one job in a process that knows the job log by a name of its own. */
async function tellOf(port: number, host: string): Promise<string> {
  using folder = folderOf({
    "app.mjs": `import { Cron } from "croner"; const c = new Cron("0 0 1 1 *", { name: "tick" }, () => {}); await c.trigger(); c.stop();`,
  });
  // Names are not looked up here: the address leads to the job log, and the header has the name.
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: `host=${host}:${port}`,
  };
  const { err } = await runProgram(folder.path, "app.mjs", ["--import", register], env);
  return err.replaceAll(String(port), "PORT");
}

test("a job log that is addressed by an unknown name says which, and the app is told how to allow it", async () => {
  await using log = await startJobLog({ port: 0, host: "0.0.0.0" });
  const { port } = new URL(log.url);
  expect(await tellOf(Number(port), "joblog")).toMatchInlineSnapshot(`
    "jobtrail: http://127.0.0.1:PORT answers 403 (forbidden), so 4 records, 1 span and 4 metrics are lost. It said: The request is addressed to "joblog:PORT"; this job log answers to localhost. A further name is allowed with --allow-host. Start the job log with --allow-host joblog.
    "
  `);
});

test("a job log that was started for its name takes what is sent to it", async () => {
  await using log = await startJobLog({ port: 0, host: "0.0.0.0", allowHosts: ["joblog"] });
  expect(await tellOf(Number(new URL(log.url).port), "joblog")).toBe("");
  expect((await log.summary()).jobs).toBe(1);
});
