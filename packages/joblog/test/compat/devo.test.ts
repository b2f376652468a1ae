import { isRefusal } from "@jobtrail/core/event";
import { devo } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { compat } from "../../src/compat/index.ts";
import { development } from "../../src/compat/credentials.ts";
import { openStore } from "../../src/store.ts";
import { keep } from "../stored.ts";
import { email, JobStory } from "../story.ts";
import { ask, events, holding, sample, sampleEvents, signed, stories } from "./asking.ts";

const search = "/compat/devo/search";

/** A job that is at work now: a list holds what is at work, and what ended within a day. */
const recent = (id: string, agoSeconds: number): JobStory =>
  new JobStory(email, id, {}, Math.floor(Date.now() / 1000) - agoSeconds);

test("a job of any system is answered in Devo's envelope, by the id that its records have in the schema", async () => {
  await using log = await holding(events);
  const id = "59f9cd79-08c1-4154-84fc-86289306b5ee";
  const before = Date.now();
  const { status, body } = await ask(log, `${search}/job/${id}`, { headers: signed() });
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 0,
    cid: expect.stringMatching(/^[\w-]{10}$/),
    timestamp: expect.any(Number),
    object: {
      status: "COMPLETED",
      id,
      lastDatetime: 0,
      friendlyName: "send-receipt",
      owner: "ann",
      domain: "jobtrail",
      error: [],
    },
    jobtrail: expect.objectContaining({ system: "bullmq", uid: stories.sent.uid }),
  });
  expect(body.timestamp).toBeGreaterThanOrEqual(before);
  expect(isRefusal(devo.parse(body))).toBe(false);
});

test("records of Devo's own are given back as they were, and the last one of a job counts", async () => {
  await using log = await holding(sampleEvents("devo"));
  const printed = JSON.parse(sample("devo", "printed-stop.json"));
  const { body } = await ask(log, `${search}/job/${printed.object.id}`, { headers: signed() });
  expect(body.object).toEqual(printed.object);
});

test("the list holds what is at work and what ended within a day, by type where one is asked for", async () => {
  const [done, busy, old] = [recent("done", 100), recent("busy", 100), recent("old", 3 * 86_400)];
  await using log = await holding([
    ...[done, busy, old].flatMap((job) => [job.queued(0), job.started(1, 1)]),
    done.succeeded(1, 2),
    old.succeeded(1, 2),
    ...sampleEvents("devo"),
  ]);
  const { body } = await ask(log, `${search}/jobs`, { headers: signed() });
  const names = body.object.map(({ jobtrail }: { jobtrail?: { uid: string } }) => jobtrail?.uid).filter(Boolean);
  expect(names.toSorted()).toEqual([busy.uid, done.uid].toSorted());
  for (const object of body.object) expect(isRefusal(devo.parse(object))).toBe(false);
  const typed = await ask(log, `${search}/jobs/donothing`, { headers: signed() });
  expect(typed.body.object.map(({ id }: { id: string }) => id)).toEqual([
    JSON.parse(sample("devo", "printed-stop.json")).object.id,
  ]);
});

test("a token is taken as clients send it; a wrong, missing, old or repeated-too-late signature is not", async () => {
  await using log = await holding(events);
  const statusOf = async (headers: Record<string, string>): Promise<number> =>
    (await ask(log, `${search}/jobs`, { headers })).status;
  const minutes = 60_000;
  expect({
    bearer: await statusOf({ authorization: "Bearer development" }),
    jwt: await statusOf({ authorization: "jwt development" }),
    bare: await statusOf({ authorization: "development" }),
    signed: await statusOf(signed()),
    slow: await statusOf(signed(Date.now() - 4 * minutes)),
    none: await statusOf({}),
    token: await statusOf({ authorization: "Bearer wrong" }),
    key: await statusOf(signed(Date.now(), "other")),
    secret: await statusOf(signed(Date.now(), "jobtrail", "wrong")),
    old: await statusOf(signed(Date.now() - 6 * minutes)),
    ahead: await statusOf(signed(Date.now() + 6 * minutes)),
    time: await statusOf({ ...signed(), "x-logtrust-timestamp": "now" }),
  }).toEqual({
    bearer: 200,
    jwt: 200,
    bare: 200,
    signed: 200,
    slow: 200,
    none: 401,
    token: 401,
    key: 401,
    secret: 401,
    old: 401,
    ahead: 401,
    time: 401,
  });
});

test("stop, start and remove answer Devo's codes, and no browser can follow them", async () => {
  const busy = recent("busy", 10);
  await using log = await holding([...events, busy.queued(0), busy.started(1, 1)]);
  const list = await ask(log, `${search}/jobs`, { headers: signed() });
  const id: string = list.body.object.find(
    ({ jobtrail }: { jobtrail: { uid: string } }) => jobtrail.uid === busy.uid,
  ).id;
  const answer = async (path: string, more: RequestInit = {}): Promise<unknown[]> => {
    const { status, headers, body } = await ask(log, `${search}/job/${path}`, {
      ...more,
      headers: { ...signed(), ...(more.headers as Record<string, string>) },
    });
    return [status, body.status, body.msg, headers.get("cache-control")];
  };
  expect({
    stop: await answer(`stop/${id}`),
    ended: await answer("stop/59f9cd79-08c1-4154-84fc-86289306b5ee"),
    start: await answer(`start/${id}`),
    remove: await answer(`remove/${id}`),
    delete: await answer(`remove/${id}`, { method: "DELETE" }),
    unknown: await answer("stop/3f6002a9-69cb-4495-9745-d47216fc58bf"),
    followed: await answer(`stop/${id}`, { headers: { "sec-fetch-site": "same-origin" } }),
  }).toEqual({
    stop: [200, 101, "This job log only watches: stop the job where it runs", "no-store"],
    ended: [200, 108, "The task is not running", "no-store"],
    start: [200, 101, "This job log only watches: start the job where it runs", "no-store"],
    remove: [200, 101, "This job log only watches: remove the job where it runs", "no-store"],
    delete: [200, 101, "This job log only watches: remove the job where it runs", "no-store"],
    unknown: [200, 100, "Task not found", "no-store"],
    followed: [403, 1, "A browser may not stop a job by following a link", "no-store"],
  });
});

test("a registered control is asked, and the job is answered as it stands then", async () => {
  const store = await openStore();
  const busy = recent("busy", 10);
  await keep(store, busy.queued(0), busy.started(1, 1));
  const owner = { tenant: "t", account: "a", service: "s" };
  const app = compat(
    { store, owner, credentials: development, now: Date.now },
    {
      stop: async () =>
        void (await keep(store, busy.ended(1, 3, { "job.state": "stopped", "job.run.result": "cancellation" }))),
    },
  );
  const list = await app.request(`${search}/jobs`, { headers: signed() });
  const { object } = (await list.json()) as { object: { id: string }[] };
  const stopped = await app.request(`${search}/job/stop/${object[0]?.id}`, { headers: signed() });
  expect(await stopped.json()).toMatchObject({ status: 0, object: { status: "STOPPED" } });
  await store.close();
});
