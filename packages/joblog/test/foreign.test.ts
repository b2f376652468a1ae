import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal, toRecord } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { schemas } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { readForeign } from "../src/foreign.ts";
import { startJobLog } from "../src/index.ts";
import { post } from "./sender.ts";

const seen: HrTime = [1_790_000_000, 0];
const samples = join(import.meta.dirname, "../../schemas/test/samples");
const textOf = (path: string): string => readFileSync(join(samples, path), "utf8");

const marked = (schema: string, body: unknown, more: Partial<Received["record"]> = {}): Received => ({
  record: { observed: seen, severity: 0, body, attributes: { "job.record.schema": schema }, ...more },
  resource: { attributes: { "service.name": "webhooks" } },
  scope: { name: "" },
});

const read = (records: readonly Received[]): ReturnType<typeof readForeign> =>
  readForeign({ records, refused: [] }, [1_800_000_000, 0]);

/** What a schema reads from a text, as the job log has it. */
function expected(schema: string, text: string): Received[] {
  const record = schemas[schema]?.parse(text);
  if (record === undefined || isRefusal(record)) throw new Error(`${schema} does not read its own sample`);
  const { resource, scope } = marked(schema, text);
  return (schemas[schema]?.read(record, seen) ?? []).map((event) => ({ record: toRecord(event), resource, scope }));
}

const readable = globSync("*/*.json", { cwd: samples })
  .map((path) => [path.replace(/\/.*/, ""), path] as const)
  .filter(([schema, path]) => !isRefusal(schemas[schema]?.parse(textOf(path)) ?? { refused: true }));

describe("a body that is marked with its schema becomes what the schema reads from it", () => {
  test.each(readable)("%s: %s", (schema, path) => {
    const text = textOf(path);
    const found = expected(schema, text);
    expect(found.length).toBeGreaterThan(0);
    expect(read([marked(schema, text)])).toEqual({ records: found, refused: [] });
    expect(read([marked(schema, new TextEncoder().encode(text))])).toEqual({ records: found, refused: [] });
  });
});

test("a map is read too, and a message with several rows as each of them", () => {
  const [queue, end] = ["product-live/printed-queue.json", "product-live/printed-end.json"].map(textOf) as [
    string,
    string,
  ];
  const names = (received: readonly Received[]): unknown => received.map(({ record }) => record.eventName);
  expect(names(read([marked("product-live", JSON.parse(queue))]).records)).toEqual(
    names(expected("product-live", queue)),
  );
  expect(read([marked("product-live", `{"records":[${queue},${end}]}`)]).records).toEqual([
    ...expected("product-live", queue),
    ...expected("product-live", end),
  ]);
});

test("what is not marked, or was read already, stays as it is", () => {
  const text = textOf("qlik/made-event.json");
  const others = [
    marked("qlik", text, { attributes: {} }),
    marked("qlik", text, { eventName: "job.run.ended" }),
    marked("no-such-schema", text),
    marked("toString", text),
    marked("qlik", undefined),
  ];
  expect(read(others)).toEqual({ records: others, refused: [] });
});

test.each([
  ["not JSON", "not JSON at all {hunter2", "body"],
  ["another record", '{"type":"com.qlik.v1.automation.run.ended","data":{"params":"hunter2"}}', "body"],
])("a body that is %s is refused by name, and its text is not kept", (_, text, path) => {
  const { records, refused } = read([marked("qlik", text)]);
  expect(records).toEqual([]);
  expect(refused).toMatchObject([{ reason: { path: expect.stringContaining(path) as string } }]);
  expect(JSON.parse(refused[0]?.text ?? "")).toEqual({ "job.record.schema": "qlik", characters: text.length });
});

test("a job log that is sent a marked body has its job, once, however often it comes", async () => {
  await using log = await startJobLog({ port: 0 });
  const body = encodeLogs([marked("qlik", textOf("qlik/made-event.json")), marked("qlik", "no JSON")], "protobuf");
  for (const _ of [1, 2])
    expect(await post(`${log.url}/v1/logs`, body)).toMatchObject({
      status: 200,
      text: expect.stringContaining("body") as string,
    });
  expect(await log.summary()).toMatchObject({ jobs: 1, runs: 1 });
});
