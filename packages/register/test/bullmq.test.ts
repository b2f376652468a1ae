import { absenceOf, redis, startReceiver, startRedis } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { run } from "./app.ts";

const absence = absenceOf(redis, process.env);
if (absence !== undefined && !absence.fails) console.log(`Skipped: ${absence.line}`);

const program = `
const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
const queue = new Queue("mail", { connection });
const worker = new Worker("mail", async () => "sent", { connection });
const done = new Promise((resolve) => worker.once("completed", resolve));
queue.add("welcome", { to: "a@example.org" }).then(() => done).then(async () => {
  await worker.close();
  await queue.close();
});
`;
const apps: Readonly<Record<string, Record<string, string>>> = {
  "an ES module": { "app.mjs": `import { Queue, Worker } from "bullmq";${program}` },
  CommonJS: { "app.cjs": `const { Queue, Worker } = require("bullmq");${program}` },
};

describe.skipIf(absence !== undefined && !absence.fails)("a BullMQ producer and worker with the flag alone", () => {
  for (const [kind, files] of Object.entries(apps))
    test(`as ${kind}: two linked spans, the records, the metrics`, async () => {
      await using server = await startRedis();
      await using receiver = await startReceiver();
      const env = {
        ...server.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      };
      expect(await run({ files, env })).toMatchObject({ with: 0, out: "", err: "" });
      expect(receiver.events().map(({ name }) => name)).toEqual(["job.queued", "job.run.started", "job.run.ended"]);
      const [producer, consumer] = [...receiver.spans()].toSorted((a, b) => b.kind.localeCompare(a.kind));
      expect([producer?.name, consumer?.name]).toEqual(["add mail", "process mail"]);
      expect(consumer?.links.map(({ spanId }) => spanId)).toEqual([producer?.spanId]);
      const points = (await receiver.points()).map(({ name }) => name);
      expect(points).toEqual(expect.arrayContaining(["job.run.duration", "job.run.wait", "job.run.active"]));
    });
});
