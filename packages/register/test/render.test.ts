import { fromRecord, isRefusal, sizeLimit } from "@jobtrail/core/event";
import type { JobEvent, LogData } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import { redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { run } from "./app.ts";

/** A job that somebody asks for; it fails, is tried again and succeeds. */
const program = `
import { withActor } from "@jobtrail/core";
import { Queue, Worker } from "bullmq";
const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
const queue = new Queue(process.env.QUEUE, { connection });
await withActor({ id: "ada" }, () => queue.add("welcome", { to: "a@example.org" }, { attempts: 2 }));
const worker = new Worker(process.env.QUEUE, async ({ attemptsMade }) => {
  if (attemptsMade === 0) throw new Error("no answer");
}, { connection });
await new Promise((resolve) => worker.once("completed", resolve));
await worker.close();
await queue.close();
`;

const told = [
  "job.queued",
  "job.run.started",
  "job.run.ended",
  "job.retry_scheduled",
  "job.run.started",
  "job.run.ended",
] as const;

/** What each schema says of each event; nothing where it has no word for it. */
const words: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "better-content-archiving": [undefined, undefined, "Failed", undefined, undefined, "Successful"],
  devo: ["CREATED", "RUNNING", "PAUSED", "PAUSED", "RUNNING", "COMPLETED"],
  harperdb: ["CREATED", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE"],
  "product-live": ["job.queued", undefined, "FAILED", undefined, undefined, "COMPLETED"],
  qlik: [undefined, undefined, "failed", undefined, undefined, "finished"],
};

/** Where each schema's records say how the job is. */
const wordIn: Readonly<Record<string, readonly string[]>> = {
  "better-content-archiving": ["Status"],
  devo: ["object.status"],
  harperdb: ["status"],
  "product-live": ["Details.jobInstanceStatus", "PlType"],
  qlik: ["data.status"],
};

const at = (record: object, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], record);

const identity = { tenant: "acme", account: "acme-1", service: "letters" };

/** Schemas that have one record for a job: that of its last run stands for it. */
const hasOnePerJob: ReadonlySet<string> = new Set(["devo", "harperdb"]);

/** The records that all of a job's events together are written as afterwards. */
function wholeOf(schema: Schema<object>, records: readonly LogData[]): readonly object[] {
  const events = records.map(fromRecord);
  const written = schema.write(
    events.filter((event): event is JobEvent => !isRefusal(event)),
    identity,
  );
  if (isRefusal(written)) throw new Error(JSON.stringify(written));
  return written.map((record) => {
    const read = schema.parse(JSON.stringify(record));
    if (isRefusal(read)) throw new Error(JSON.stringify(read));
    return read;
  });
}

withService("records in a documented schema, of BullMQ jobs with the flag", redis, (server) => {
  const recordsOf = async (env: Readonly<Record<string, string>>): Promise<{ records: LogData[]; err: string }> => {
    await using receiver = await startReceiver();
    const { err, ...ended } = await run({
      files: { "app.mjs": program },
      manifest: { name: "letters" },
      env: { ...server().env, ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    expect(ended).toMatchObject({ with: 0, out: "" });
    const records = receiver.records().map(({ record }) => record);
    expect(records.map(({ eventName }) => eventName)).toEqual(told);
    return { records, err };
  };

  describe.each(Object.values(schemas).map((schema) => [schema.name, schema] as const))("%s", (name, schema) => {
    const env = {
      JOBTRAIL_RECORD: name,
      JOBTRAIL_TENANT: identity.tenant,
      JOBTRAIL_ACCOUNT: identity.account,
    };

    const check = (records: readonly LogData[], contentOf: (record: LogData) => unknown): void => {
      const parsed = records.map((record) => {
        const isRendered = record.attributes["job.record.schema"] !== undefined;
        const content = contentOf(record);
        if (!isRendered) return undefined;
        expect([record.attributes["job.record.schema"], typeof content]).toEqual([name, "string"]);
        const read = schema.parse(content);
        if (isRefusal(read)) throw new Error(`${String(content)}: ${JSON.stringify(read)}`);
        expect(JSON.stringify(record).length).toBeLessThan(sizeLimit);
        // It says whose job it is, and which run of it.
        expect(at(read, "jobtrail.uid")).toBe(record.attributes["job.uid"]);
        return read;
      });
      const said = parsed.map(
        (read) => read && (wordIn[name] ?? []).map((path) => at(read, path)).find((value) => typeof value === "string"),
      );
      expect(said).toEqual(words[name]);
      // What was last said of each run is what the whole job gives it.
      const byRun = new Map(parsed.flatMap((read) => (read ? [[at(read, "jobtrail.run.uid"), read]] : [])));
      expect(wholeOf(schema, records)).toEqual([...byRun.values()].slice(hasOnePerJob.has(name) ? -1 : 0));
    };

    test("stands in an attribute, beside the sentence", async () => {
      const { records, err } = await recordsOf({ ...env, QUEUE: `${name}-attribute` });
      expect(err).toBe("");
      check(records, ({ attributes }) => attributes["job.record.content"]);
      expect(records[0]?.body).toMatch(/^welcome in \S+ was queued \(job 1, /);
    });

    test("stands in the body", async () => {
      const { records, err } = await recordsOf({ ...env, JOBTRAIL_RECORD_AS: "body", QUEUE: `${name}-body` });
      expect(err).toBe("");
      check(records, ({ body, attributes }) => {
        expect(attributes).not.toHaveProperty("job.record.content");
        return body;
      });
    });
  });

  test.each([
    ["qlik", "JOBTRAIL_TENANT"],
    ["product-live", "JOBTRAIL_ACCOUNT"],
  ])("is not there as %s without %s, which is said once", async (name, variable) => {
    const { records, err } = await recordsOf({ JOBTRAIL_RECORD: name, QUEUE: `${name}-nobody` });
    expect(records.flatMap(({ attributes }) => Object.keys(attributes)).join(" ")).not.toMatch(
      /job\.record\.(schema|content)/,
    );
    expect(err).toMatch(
      new RegExp(`^jobtrail: records are not rendered as ${name}: ${variable} is nothing; expected [^\\n]*\\.\\n$`),
    );
  });

  test("are left out, with a line, for a schema that is none", async () => {
    const ended = await run({ files: { "app.mjs": `console.log("began");` }, env: { JOBTRAIL_RECORD: "syslog" } });
    expect(ended).toMatchObject({ with: 0, out: "began\n" });
    expect(ended.err).toMatch(
      /JOBTRAIL_RECORD is "syslog"; expected one of better-content-archiving, devo, harperdb, product-live, qlik\./,
    );
  });
});
