import { settings } from "@jobtrail/conventions";
import { fromRecord, isRefusal, jobUid, refuse, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { expect, it } from "vitest";
import { productLive, qlik, rendererOf, schemas } from "../src/index.ts";

const identity = { tenant: "acme", account: "acme-1", service: "letters" };

const uid = jobUid({ system: "bullmq", queue: "mail", id: "7" });
const attributes = {
  "job.system.name": "bullmq",
  "job.queue.name": "mail",
  "job.name": "welcome",
  "job.id": "7",
  "job.uid": uid,
} as const;
const tell = (name: JobEvent["name"], second: number, more: JobEvent["attributes"] = {}): JobEvent => ({
  name,
  time: [1_700_000_000 + second, 0],
  seen: [1_700_000_000 + second, 0],
  attributes: { ...attributes, ...more },
});
const run = { "job.run.uid": `${uid}-1`, "job.run.number": 1 };
const life = [
  tell("job.queued", 0),
  tell("job.run.started", 1, run),
  tell("job.run.progress", 2, run),
  tell("job.run.ended", 3, { ...run, "job.run.result": "success", "job.run.final": true }),
];

it("has each schema among the values of the setting", () => {
  expect(settings.find(({ name }) => name === "record")?.values).toEqual(Object.keys(schemas));
});

it.each(Object.values(schemas))("renders as $name what the schema has a word for", (schema) => {
  const render = rendererOf(schema, identity);
  const told = life.map((event, i) => render(event.name === "job.queued" ? [event] : life.slice(1, i + 1)));
  const hasStates = schema.name === "devo" || schema.name === "harperdb";
  expect(told.map((rendering) => rendering !== undefined)).toEqual([
    hasStates || schema.name === "product-live",
    hasStates,
    false,
    true,
  ]);
  for (const rendering of told.filter((each) => each !== undefined)) {
    if (isRefusal(rendering)) throw new Error(JSON.stringify(rendering));
    const record = schema.parse(rendering.content);
    expect(record).toMatchObject({ jobtrail: { system: "bullmq", uid } });
    if (isRefusal(record)) throw new Error(rendering.content);
    // Read again it is the same job.
    expect(schema.read(record, [1_700_000_009, 0]).map((event) => event.attributes["job.uid"])).toContain(uid);
  }
});

it.each(Object.values(schemas))("tells nothing as $name of a run that put its job back", (schema) => {
  const back = tell("job.run.ended", 3, { ...run, "job.run.result": "deferred", "job.state": "waiting" });
  const rendering = rendererOf(schema, identity)([...life.slice(1, 2), back]);
  const isStates = schema.name === "devo" || schema.name === "harperdb";
  expect(rendering === undefined).toBe(!isStates);
});

it("refuses by its name what is not known", () => {
  const refusalAs = (name: "qlik" | "product-live"): unknown =>
    rendererOf(name === "qlik" ? qlik : productLive, {})(life.slice(1));
  expect(refusalAs("qlik")).toEqual(refuse("JOBTRAIL_TENANT", expect.any(String) as string, undefined));
  expect(refusalAs("product-live")).toEqual(refuse("JOBTRAIL_ACCOUNT", expect.any(String) as string, undefined));
});

it.each(Object.values(schemas))("writes records that carry a rendering as $name in every schema", (schema) => {
  const render = rendererOf(schema, identity);
  const carried = life.map((event, i) => {
    const rendering = render(life.slice(0, i + 1));
    if (rendering === undefined || isRefusal(rendering)) return event;
    const { schema: name, content } = rendering;
    const record = toRecord({
      ...event,
      attributes: { ...event.attributes, "job.record.schema": name, "job.record.content": content },
    });
    const { "job.record.content": body, ...rest } = record.attributes;
    // The one form in which the content is an attribute, the other in which it is the body.
    const read = fromRecord(i % 2 === 0 ? record : { ...record, body, attributes: rest });
    if (isRefusal(read)) throw new Error(JSON.stringify(read));
    return read;
  });
  for (const other of Object.values(schemas))
    expect(other.write(carried, identity)).toEqual(other.write(life, identity));
});
