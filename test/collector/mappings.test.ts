import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogData } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Form } from "@jobtrail/schemas";
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { parse, stringify } from "yaml";
import { recordsOf } from "../../packages/schemas/test/arbitrary.ts";
import { mutated } from "../../packages/schemas/test/mutation.ts";
import { folder, startCollector, collectorTest as test } from "./collector.ts";
import { alike, canary, left, unread } from "./mappings.cases.ts";
import type { Case, Reasons } from "./mappings.cases.ts";
import { keptBy, mapped, readBy, reasonIn, seen } from "./mappings.ts";
import type { Mapped } from "./mappings.ts";

const all = ["product-live", "qlik"] as const;

const byTitle = <T>(cases: readonly Case[], of: (each: Case, i: number) => T): Record<string, T> =>
  Object.fromEntries(cases.map((each, i) => [each.title, of(each, i)]));

const told = (schema: Mapped, cases: readonly Case[]): Promise<readonly (readonly LogData[])[]> =>
  mapped(
    schema,
    cases.map(({ text }) => text),
  );

describe.each(all)("the mapping of %s", (schema) => {
  test("gives the very records that the schema gives", async () => {
    const cases = alike[schema];
    const came = await told(schema, cases);
    expect(byTitle(cases, (_, i) => came[i])).toEqual(byTitle(cases, ({ text }) => readBy(schema, text)));
    expect(JSON.stringify(came)).not.toContain(canary);
  });

  test("lets pass what neither reads, and what it leaves to the bridge, with the reason", async () => {
    const neither = Object.values(unread[schema]).flat();
    const bridge = Object.values(left[schema]).flat();
    expect(neither.filter(({ text }) => readBy(schema, text) !== undefined)).toEqual([]);
    expect(bridge.filter(({ text }) => readBy(schema, text) === undefined)).toEqual([]);
    const cases = [...neither, ...bridge];
    const came = await told(schema, cases);
    expect(byTitle(cases, (_, i) => reasonIn(came[i] ?? []))).toEqual({
      ...reasonsOf(unread[schema]),
      ...reasonsOf(left[schema]),
    });
    for (const [i, { text }] of cases.entries())
      expect(came[i]).toMatchObject([{ observed: seen, ...(!text.includes(canary) && { body: text }) }]);
    expect(JSON.stringify(came)).not.toContain(canary);
  });

  test("reads generated records as the schema does, or says why not", async () => {
    const texts = generated(schema);
    const came = await mapped(schema, texts);
    const read = texts.filter((text, i) => {
      const records = came[i] ?? [];
      if (reasonIn(records) !== undefined) return false;
      expect({ text, records }).toEqual({ text, records: readBy(schema, text) });
      return true;
    });
    expect(JSON.stringify(came)).not.toContain(canary);
    // Most are read; records that are no records are made too.
    expect(read.length / texts.length).toBeGreaterThan(0.4);
  });
});

const reasonsOf = (reasons: Reasons): Record<string, string> =>
  Object.fromEntries(Object.entries(reasons).flatMap(([reason, cases]) => cases.map(({ title }) => [title, reason])));

const perForm = process.env["CI"] === "true" ? 200 : 60;

/** Texts of records of the forms that mappings read, and of such records with something wrong in them. */
function generated(schema: Mapped): string[] {
  const forms = (schemas[schema]?.forms ?? []) as readonly Form<never>[];
  return forms
    .filter(({ name }) => schema === "qlik" || /^(?:row|csv)\//.test(name))
    .flatMap((form, i) => {
      const records = recordsOf(form).map((record) => owned(record));
      const sound = fc.sample(records, { numRuns: perForm, seed: i + 1 });
      const unsound = fc.sample(mutated(records), { numRuns: perForm / 4, seed: i + 1 });
      return [...sound, ...unsound]
        .map((record, n) =>
          typeof record === "string" ? record : JSON.stringify(record ?? null, undefined, n % 3 === 0 ? 2 : undefined),
        )
        .filter((text) => text.length <= 1_100_000);
    });
}

/** A record of the schema's own system, which is all that mappings read. */
const owned = <R extends object>(record: R): R => {
  const { jobtrail: _, ...own } = record as Record<string, unknown>;
  for (const key of ["type", "eventType"])
    if (typeof own[key] === "string") own[key] = "com.qlik.v1.automation.run.ended";
  return own as R;
};

test("a body may be bytes, as a receiver gives them", async () => {
  const text = alike["product-live"][0]?.text ?? "";
  expect(await mapped("product-live", [new TextEncoder().encode(text)])).toEqual([readBy("product-live", text)]);
});

test("a body that is a map already, which has no order, is read all the same", async () => {
  const [records] = await mapped("qlik", [JSON.parse(alike.qlik[0]?.text ?? "")]);
  expect(records?.map(({ eventName }) => eventName).toSorted()).toEqual([
    "job.queued",
    "job.run.ended",
    "job.run.started",
  ]);
});

test("a message of several rows becomes the text of each, and any other message its text", async () => {
  const [queued = { text: "" }, end = { text: "" }] = alike["product-live"];
  const odd = String.raw`{"a":"}],[{\"","b":[{"c":[]}]}`;
  const messages = [
    `{"records":[${queued.text},${odd} ,\n${end.text}]}`,
    `[${end.text}]`,
    ` { "records" : [ ${end.text} ] } `,
    end.text,
    `{"records":[]}`,
    "no JSON",
  ];
  const config = ["base.yaml", "mappings/product-live.yaml", rowsAlone];
  await using collector = await startCollector({ config });
  for (const message of messages) await post(collector.http, message);
  await collector.stop();
  expect(keptBy(collector).map(({ record }) => record.body)).toEqual([
    [queued.text.trim(), odd, end.text.trim()],
    [end.text.trim()],
    [end.text.trim()],
    ...messages.slice(3),
  ]);
});

const rowsAlone = `yaml:
service:
  pipelines:
    logs/in: {processors: [memory_limiter, transform/product_live_rows], exporters: [file/second_sink, forward/logs, forward/product_live]}
    logs/product_live_told: {exporters: [nop]}
    logs/product_live_started: {exporters: [nop]}
`;

/** Sends a body as the receiver of Event Hubs gives it: as bytes, with no word of when. */
async function post(url: string, message: string): Promise<void> {
  const body = { bytesValue: Buffer.from(message).toString("base64") };
  const answer = await fetch(`${url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body }] }] }] }),
  });
  expect(answer.status).toBe(200);
}

type Tree = Record<string, Record<string, unknown>>;

test.each([
  ["qlik-webhook", "qlik"],
  ["product-live-event-hub", "product-live"],
])("the pipeline of %s is whole, but for components that cannot be built here", async (file, schema) => {
  const config = parse(readFileSync(join(folder, "mappings", `${file}.yaml`), "utf8")) as {
    receivers: Tree;
    processors?: Tree;
    service: { pipelines: Record<string, { receivers: string[]; processors: string[] }> };
  };
  const [pipeline] = Object.values(config.service.pipelines);
  expect(pipeline?.receivers).toEqual(Object.keys(config.receivers));
  for (const each of Object.values(config.service.pipelines)) {
    each.receivers = ["otlp"];
    each.processors = each.processors.filter((id) => config.processors?.[id] === undefined);
  }
  const rest = { service: config.service };
  await using collector = await startCollector({
    config: ["base.yaml", `mappings/${schema}.yaml`, `yaml:${stringify(rest)}`],
  });
  expect(collector.pid).toBeGreaterThan(0);
});
