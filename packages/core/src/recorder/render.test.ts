import { DiagLogLevel, diag } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { happened, mail, recording } from "../../test/memory.ts";
import { refuse } from "../event/event.ts";
import type { JobEvent } from "../event/event.ts";
import { attributeLimit, contentLimit, sizeLimit } from "../event/limit.ts";
import type { Render } from "./render.ts";

const schema = "made-schema";

/** Renders the names of the events that it is given. */
const named: Render = (events) => ({ schema, content: JSON.stringify(events.map(({ name }) => name)) });

/** What a job that is queued, works and ends leaves, and one event by itself. */
function lived(render: Render, recordAs: "attribute" | "body" = "attribute", more: Partial<JobEvent> = {}) {
  const { recorder, records } = recording({ render, recordAs, progressInterval: 1 });
  const definition = recorder.define(mail);
  const call = recorder.enqueue(definition, "add");
  call.emit(happened("job.queued"));
  call.end();
  const run = recorder.start(definition, happened("job.run.started"));
  run.emit(happened("job.run.progress", { "job.progress": 50 }));
  run.end(happened("job.run.ended", { "job.run.result": "failure", "job.run.final": false }, more));
  run.emit(happened("job.retry_scheduled"));
  recorder.emit(happened("job.removed", mail));
  return records();
}

const content = "job.record.content";

it("renders each event with the earlier events of its run", () => {
  const records = lived(named);
  expect(records.map(({ attributes }) => [attributes["job.record.schema"], attributes[content]])).toEqual(
    [
      ["job.queued"],
      ["job.run.started"],
      ["job.run.started", "job.run.progress"],
      ["job.run.started", "job.run.ended"],
      ["job.run.started", "job.run.ended", "job.retry_scheduled"],
      ["job.removed"],
    ].map((names) => [schema, JSON.stringify(names)]),
  );
  expect(records[0]?.body).toContain("was queued");
});

it("puts the rendering in the place of the sentence where that is asked for", () => {
  const [queued] = lived(named, "body");
  expect(queued?.body).toBe('["job.queued"]');
  expect(queued?.attributes).toMatchObject({ "job.record.schema": schema });
  expect(queued?.attributes).not.toHaveProperty(content);
});

it("gives events as records have them", () => {
  const found: unknown[] = [];
  const { recorder } = recording({
    render(events) {
      found.push(...events.map(({ attributes }) => attributes["job.id"]));
      return undefined;
    },
  });
  recorder.emit(happened("job.queued", { ...mail, "job.id": 7 as unknown as string }));
  expect(found).toEqual(["7"]);
});

it.each<readonly [string, Render]>([
  ["the schema has no word for it", () => undefined],
  ["it fails", () => JSON.parse("{") as undefined],
])("leaves a record as it is without, where %s", (_, render) => {
  const records = lived(render);
  expect(records).toHaveLength(6);
  expect(records.flatMap(({ attributes }) => Object.keys(attributes))).not.toContain("job.record.schema");
});

it("says once what is missing, by its name", () => {
  const warnings: string[] = [];
  const nothing = (): void => undefined;
  const logger = { error: nothing, warn: (text: string) => void warnings.push(text), info: nothing, debug: nothing };
  diag.setLogger({ ...logger, verbose: nothing }, DiagLogLevel.WARN);
  const records = lived(() => refuse("JOBTRAIL_TENANT", "the tenant", undefined));
  diag.disable();
  expect(warnings).toEqual(["jobtrail: records are not rendered: JOBTRAIL_TENANT is nothing; expected the tenant."]);
  expect(records.flatMap(({ attributes }) => Object.keys(attributes))).not.toContain("job.record.schema");
});

it("leaves out a rendering that is too large, whole, and says so", () => {
  const [queued] = lived(() => ({ schema, content: JSON.stringify("ä".repeat(contentLimit / 2)) }), "body");
  expect(queued?.attributes).not.toHaveProperty(content);
  expect(queued?.attributes["job.record.cut"]).toEqual([content]);
  expect(queued?.body).toContain("was queued");
});

it.each(["attribute", "body"] as const)("keeps a record within its limits with a large one as %s", (recordAs) => {
  const large = JSON.stringify("ä".repeat(contentLimit / 2 - 1));
  const error = { type: "Error", message: "漢".repeat(2048), stack: "漢".repeat(8192) };
  const own = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`made.${i}`, "x".repeat(500)]));
  const [, , , ended] = lived(() => ({ schema, content: large }), recordAs, { error, own });
  expect(recordAs === "body" ? ended?.body : ended?.attributes[content]).toBe(large);
  const texts = Object.entries(ended?.attributes ?? {}).map(([key, value]) => key + String(value));
  expect(Buffer.byteLength(texts.join("") + String(ended?.body))).toBeLessThanOrEqual(sizeLimit);
  expect(texts.length).toBeLessThanOrEqual(attributeLimit);
});
