import { isRefusal } from "@jobtrail/core/event";
import { qlik } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { at, email, JobStory } from "../story.ts";
import { ask, bearer, events, holding, sample } from "./asking.ts";

const path = "/compat/qlik/api/v1/audits";

test("runs of any system that have ended are audits in the older envelope, the newest first", async () => {
  await using log = await holding(events);
  const { status, body } = await ask(log, path, { headers: bearer });
  expect(status).toBe(200);
  expect(body.data.map(({ eventTime, data }: never) => [eventTime, data["title"], data["status"]])).toEqual([
    ["2026-03-02T03:10:02.000000Z", "charge-card", "failed"],
    ["2026-03-02T03:00:12.000000Z", "nightly", "finished"],
    ["2026-03-02T03:00:06.000000Z", "charge-card", "failed"],
    ["2026-03-02T03:00:03.000000Z", "send-receipt", "finished"],
  ]);
  expect(body.data[0]).toMatchObject({
    eventType: "jobtrail.run.ended",
    contentType: "application/json",
    source: "jobtrail/pgboss",
    tenantId: "acme",
  });
  for (const record of body.data) expect(isRefusal(qlik.parse(record))).toBe(false);
});

test.each(["made-event", "made-hybrid", "made-legacy", "made-audit"])(
  "a record of Qlik's own, %s, is an audit, whichever envelope it came in",
  async (name) => {
    const given = sample("qlik", `${name}.json`).replaceAll(/"params": \[\s*\{[^}]*\}\s*\]/g, '"params": "[secret]"');
    const record = qlik.parse(given);
    if (isRefusal(record)) throw new Error(record.path);
    await using log = await holding(qlik.read(record, at(0)));
    const { body } = await ask(log, path, { headers: bearer });
    const {
      id,
      time,
      type,
      tenantid,
      eventId = id,
      eventTime = time,
      eventType = type,
      tenantId,
      ...rest
    } = JSON.parse(given);
    expect(body.data).toEqual([
      expect.objectContaining({
        id: id ?? eventId,
        eventId: id !== undefined && time !== undefined ? id : eventId,
        eventTime: time ?? eventTime,
        eventType: type ?? eventType,
        tenantId: tenantid ?? tenantId ?? rest.extensions.tenantId,
        data: rest.data,
      }),
    ]);
    if (name === "made-audit") expect(body.data).toEqual([JSON.parse(given)]);
    expect(isRefusal(qlik.parse(body.data[0]))).toBe(false);
  },
);

test("links lead through all of it, forwards and back, while runs arrive", async () => {
  const jobs = Array.from({ length: 7 }, (_, i) => new JobStory(email, `${i}`));
  await using log = await holding(jobs.flatMap((job, i) => [job.started(1, i), job.succeeded(1, 100 + i)]));
  const all = (await ask(log, `${path}?limit=100`, { headers: bearer })).body.data;
  const pages = [(await ask(log, `${path}?limit=3`, { headers: bearer })).body];
  expect(pages[0].links.prev).toBeUndefined();
  for (let next = pages[0].links.next; next !== undefined; next = pages.at(-1).links.next)
    pages.push((await ask(log, next.href, { headers: bearer })).body);
  expect(pages.map(({ data }) => data.length)).toEqual([3, 3, 1]);
  expect(pages.flatMap(({ data }) => data)).toEqual(all);
  const back = (await ask(log, pages[2].links.prev.href, { headers: bearer })).body;
  expect(back.data).toEqual(pages[1].data);
  expect((await ask(log, back.links.prev.href, { headers: bearer })).body.data).toEqual(pages[0].data);
  const ascending = (await ask(log, `${path}?sort=eventTime&limit=100`, { headers: bearer })).body.data;
  expect(ascending).toEqual(all.toReversed());
});

test("audits are chosen by time, type, source, user and id", async () => {
  await using log = await holding(events);
  const titles = async (search: string): Promise<unknown> =>
    (await ask(log, `${path}?${search}`, { headers: bearer })).body.data.map(({ data }: never) => data["title"]);
  const { body } = await ask(log, path, { headers: bearer });
  expect({
    time: await titles("eventTime=2026-03-02T03:00:05Z/2026-03-02T03:01:00Z"),
    type: await titles("eventType=com.qlik.v1.automation.run.ended"),
    source: await titles("source=jobtrail/croner"),
    id: await titles(`id=${body.data[3].id}`),
  }).toEqual({ time: ["nightly", "charge-card"], type: [], source: ["nightly"], id: ["send-receipt"] });
});

test("what cannot be answered is refused in the interface's envelope", async () => {
  await using log = await holding([]);
  const refused = async (search: string, headers: Record<string, string> = bearer): Promise<unknown[]> => {
    const { status, body } = await ask(log, `${path}?${search}`, { headers });
    return [status, body.errors[0].detail];
  };
  expect({
    none: await refused("", {}),
    wrong: await refused("", { authorization: "Bearer wrong" }),
    limit: await refused("limit=0"),
    sort: await refused("sort=name"),
    time: await refused("eventTime=2026-03-02"),
    next: await refused("next=x"),
    unknown: await refused("status=failed"),
  }).toEqual({
    none: [401, "The bearer token is missing or unknown."],
    wrong: [401, "The bearer token is missing or unknown."],
    limit: [400, "limit must be a whole number from 1 to 100."],
    sort: [400, "sort must be eventTime or -eventTime."],
    time: [400, "eventTime must be two times, such as 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z."],
    next: [400, "next and prev must come from the links of an earlier answer."],
    unknown: [
      400,
      "status is no parameter; allowed: limit, sort, eventTime, id, eventType, source, userId, next, prev.",
    ],
  });
});
