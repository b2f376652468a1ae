import { startReceiver, postgres } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { run } from "./app.ts";

/** A program that asks for a job and works it, with the library that it is given. */
const body = `
async function main({ Logger, makeWorkerUtils, runOnce }) {
  const options = { connectionString: process.env.DATABASE_URL, schema: process.env.SCHEMA, logger: new Logger(() => () => undefined) };
  const utils = await makeWorkerUtils(options);
  await utils.addJob("task", {});
  await utils.release();
  await runOnce({ ...options, taskList: { task: () => console.log("worked") } });
}
`;
const programs: Readonly<Record<string, string>> = {
  "app.mjs": `import * as library from "graphile-worker";\n${body}\nawait main(library);\n`,
  "app.cjs": `const library = require("graphile-worker");\n${body}\nvoid main(library);\n`,
};

const life = ["job.queued", "job.run.started", "job.run.ended"];

withService("Graphile Worker, whose functions no class holds", postgres, (service) => {
  for (const [file, program] of Object.entries(programs))
    test(`is watched in ${file}, where its modules export functions alone`, async () => {
      await using receiver = await startReceiver();
      const { out, err } = await run({
        files: { [file]: program },
        env: { ...service().env, SCHEMA: file.replace(".", "_"), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      });
      expect([out, err]).toEqual(["worked\n", ""]);
      expect(receiver.events().map(({ name }) => name)).toEqual(life);
    });

  test("is watched in its own command line, which never loads the package's entry", async () => {
    await using receiver = await startReceiver();
    const { DATABASE_URL: url = "" } = service().env;
    const command = `import { fileURLToPath } from "node:url";
process.argv.push("--once", "-c", ${JSON.stringify(url)}, "-s", "command");
process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const entry = import.meta.resolve("graphile-worker");
const { quickAddJob } = process.env.ASK ? await import(entry) : {};
if (quickAddJob) await quickAddJob({ connectionString: ${JSON.stringify(url)}, schema: "command" }, "task", {});
else await import(new URL("cli.js", entry));
`;
    const files = { "app.mjs": command, "tasks/task.js": "module.exports = () => console.error('worked');\n" };
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    await run({ files, env: { ...env, ASK: "1" } });
    const { err } = await run({ files, env });
    expect(err).toContain("worked");
    expect(receiver.events().map(({ name }) => name)).toEqual(life);
  });

  test("tells what its cron schedules, with the time that was meant, also where it catches up", async () => {
    await using receiver = await startReceiver();
    const program = `import { Logger, makeWorkerUtils, parseCronItems, run } from "graphile-worker";
const options = { connectionString: process.env.DATABASE_URL, schema: "cron", logger: new Logger(() => () => undefined) };
const utils = await makeWorkerUtils(options);
await utils.withPgClient((client) => client.query(\`insert into cron._private_known_crontabs
  values ('report', now() - interval '1 hour', date_trunc('minute', now()) - interval '2 minutes')\`));
await utils.release();
let left = 2;
const over = Promise.withResolvers();
const report = ({ _cron }) => {
  console.log(_cron.ts);
  if (--left === 0) over.resolve();
};
const runner = await run({
  ...options,
  taskList: { report },
  noHandleSignals: true,
  parsedCronItems: parseCronItems([{ task: "report", match: "* * * * *", options: { backfillPeriod: 150_000 } }]),
});
await over.promise;
await runner.stop();
`;
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const { out, err } = await run({ files: { "app.mjs": program }, env });
    expect(err).toBe("");
    const started = receiver.events().filter(({ name }) => name === "job.run.started");
    const said = started.map(({ attributes }) => [
      attributes["job.trigger.type"],
      attributes["job.schedule.id"],
      Date.parse(attributes["job.schedule.nominal_time"] ?? ""),
    ]);
    const meant = out.trim().split("\n").map(Date.parse);
    expect(said).toEqual(meant.map((ms) => ["cron", "report", ms]));
    for (const { attributes } of started) expect(attributes["job.schedule.lateness"]).toBeGreaterThan(0);
  });

  test("tells the end of a run that a forced shutdown takes away from its task", async () => {
    await using receiver = await startReceiver();
    const program = `import { EventEmitter, once } from "node:events";
import { Logger, run } from "graphile-worker";
const options = { connectionString: process.env.DATABASE_URL, schema: "shutdown", logger: new Logger(() => () => undefined) };
const begun = Promise.withResolvers();
const task = () => {
  begun.resolve();
  return new Promise(() => undefined);
};
const events = new EventEmitter();
const made = once(events, "pool:create");
const runner = await run({ ...options, taskList: { task }, noHandleSignals: true, events });
runner.promise.catch(() => undefined);
await runner.addJob("task");
await begun.promise;
const [{ workerPool }] = await made;
await workerPool.forcefulShutdown("going down");
process.exit(0);
`;
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    await run({ files: { "app.mjs": program }, env });
    const ended = receiver.events().filter(({ name }) => name === "job.run.ended");
    expect(
      ended.map(({ attributes, error }) => [attributes["job.run.result"], attributes["job.reason"], error?.message]),
    ).toEqual([["error", "the worker was shut down", "going down"]]);
  });

  test("tells each outcome once where workers fetch and store jobs in batches", async () => {
    await using receiver = await startReceiver();
    const program = `import { Logger, run } from "graphile-worker";
let left = 4;
const over = Promise.withResolvers();
const one = () => --left === 0 && over.resolve();
const runner = await run({
  preset: {
    worker: {
      connectionString: process.env.DATABASE_URL,
      schema: "batches",
      logger: new Logger(() => () => undefined),
      localQueue: { size: 4 },
      completeJobBatchDelay: 5,
      failJobBatchDelay: 5,
      concurrentJobs: 2,
    },
  },
  noHandleSignals: true,
  taskList: {
    task: ({ fails }) => {
      one();
      if (fails) throw new RangeError("never works");
    },
    some: (payload) => {
      one();
      return payload.map((each) => (each.fails ? Promise.reject(new Error("this one")) : each));
    },
  },
});
await runner.addJob("task", {});
await runner.addJob("task", {});
await runner.addJob("task", { fails: true }, { maxAttempts: 1 });
await runner.addJob("some", [{}, { fails: true }], { maxAttempts: 1 });
await over.promise;
await runner.stop();
`;
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const { err } = await run({ files: { "app.mjs": program }, env });
    expect(err).toBe("");
    const ended = receiver.events().filter(({ name }) => name === "job.run.ended" || name === "job.ended");
    const said = ended.map(({ name, attributes, error }) => [
      name,
      attributes["job.name"],
      attributes["job.run.result"],
      attributes["job.run.final"],
      error?.message,
    ]);
    expect(said.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ["job.run.ended", "some", "failure", true, "Batch failures:\nthis one"],
      ["job.run.ended", "task", "failure", true, "never works"],
      ["job.run.ended", "task", "success", true, undefined],
      ["job.run.ended", "task", "success", true, undefined],
    ]);
  });
});
