import { isRefusal } from "@jobtrail/core/event";
import { harperdb } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { add, ask, basic, events, holding, operation, sample, sampleEvents, stories } from "./asking.ts";

const search = (from: string, to: string): object => ({
  operation: "search_jobs_by_start_date",
  from_date: from,
  to_date: to,
});

test("a job of any system is found by the id that its records have in the schema", async () => {
  await using log = await holding(events);
  const { status, body } = await operation(log, { operation: "get_job", id: "59f9cd79-08c1-4154-84fc-86289306b5ee" });
  expect(status).toBe(200);
  expect(body).toEqual([
    {
      id: "59f9cd79-08c1-4154-84fc-86289306b5ee",
      user: "ann",
      type: "send-receipt",
      status: "COMPLETE",
      start_datetime: 1_772_420_401_000,
      end_datetime: 1_772_420_403_000,
      created_datetime: 1_772_420_400_000,
      jobtrail: expect.objectContaining({ system: "bullmq", uid: stories.sent.uid }),
    },
  ]);
  const all = await operation(log, search("2026-03-02", "2026-03-03"));
  const derived = all.body.find(({ type }: { type: string }) => type === "charge-card");
  expect(await operation(log, { operation: "get_job", id: derived.id })).toMatchObject({ body: [derived] });
  for (const record of all.body) expect(isRefusal(harperdb.parse(record))).toBe(false);
});

test("a search finds jobs by when they last started, and its bounds are exclusive", async () => {
  await using log = await holding(events);
  const types = async (from: string, to: string): Promise<string[]> => {
    const { body } = await operation(log, search(from, to));
    return body.map(({ type }: { type: string }) => type).toSorted();
  };
  expect({
    day: await types("2026-03-02", "2026-03-03"),
    offset: await types("2026-03-02T04:00:00+0100", "2026-03-02T04:00:02+0100"),
    from: await types("2026-03-02T03:00:01.000Z", "2026-03-02T03:00:09Z"),
    to: await types("2026-03-02T03:00:00Z", "2026-03-02T03:00:01.000Z"),
    again: await types("2026-03-02T03:09:00Z", "2026-03-02T03:11:00Z"),
    never: await types("2027-01-01", "2028-01-01"),
  }).toEqual({
    day: ["charge-card", "nightly", "send-receipt", "send-receipt"],
    offset: ["send-receipt"],
    from: ["send-receipt"],
    to: [],
    again: ["charge-card"],
    never: [],
  });
});

test("a record of HarperDB's own is given back as it was", async () => {
  await using log = await holding(sampleEvents("harperdb"));
  const printed = JSON.parse(sample("harperdb", "printed.json"));
  expect(await operation(log, { operation: "get_job", id: printed.id })).toMatchObject({
    status: 200,
    body: [printed],
  });
});

test("a job that was read more than once is one job, as it stands last", async () => {
  await using log = await holding([]);
  const record = (status: string, more: object = {}): string =>
    JSON.stringify({ id: "a", type: "csv_data_load", status, start_datetime: 1_772_420_400_000, ...more });
  for (const [i, text] of [record("IN_PROGRESS"), record("COMPLETE", { end_datetime: 1_772_420_401_000 })].entries()) {
    const parsed = harperdb.parse(text);
    if (isRefusal(parsed)) throw new Error(parsed.path);
    await add(log, harperdb.read(parsed, [1_772_420_402 + i, 0]));
  }
  const { body } = await operation(log, { operation: "get_job", id: "a" });
  expect(body).toMatchObject([{ id: "a", status: "COMPLETE" }]);
});

test("what cannot be answered is refused as the server does", async () => {
  await using log = await holding(events, {
    credentials: {
      harperdb: [
        { user: "reader", password: "p:w", super_user: false, scope: {} },
        { user: "root", password: "p", super_user: true, scope: {} },
      ],
      devo: [],
      "product-live": [],
      qlik: [],
      "better-content-archiving": [],
    },
  });
  const as = (user: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(user).toString("base64")}`,
  });
  const root = as("root:p");
  const wrong = await operation(log, { operation: "get_job" }, as("root:wrong"));
  expect([wrong.status, wrong.body]).toEqual([401, { error: "Login failed" }]);
  const refused = async (body: object | string, headers = root): Promise<unknown> => {
    const answer = await operation(log, body, headers);
    return [answer.status, answer.body.error];
  };
  expect({
    development: await refused({ operation: "get_job", id: "x" }, basic),
    none: await refused({}),
    unknown: await refused({ operation: "delete_job" }),
    prototype: await refused({ operation: "constructor" }),
    noId: await refused({ operation: "get_job" }),
    noJson: await refused("{"),
    from: await refused(search("yesterday", "2026-03-03")),
    to: await refused({ operation: "search_jobs_by_start_date", from_date: "2026-03-02" }),
  }).toEqual({
    development: [401, "Login failed"],
    none: [400, "Operation is required"],
    unknown: [400, "Operation 'delete_job' not found"],
    prototype: [400, "Operation 'constructor' not found"],
    noId: [400, "'id' is required"],
    noJson: [400, "Invalid JSON"],
    from: [
      500,
      "There was an error searching jobs by date: Error: Invalid 'from' date, must be in ISO-8601 format (YYYY-MM-DD).",
    ],
    to: [
      500,
      "There was an error searching jobs by date: Error: Invalid 'to' date, must be in ISO-8601 format (YYYY-MM-DD).",
    ],
  });
  const reader = as("reader:p:w");
  expect(await operation(log, search("2026-03-02", "2026-03-03"), reader)).toMatchObject({
    status: 403,
    body: {
      unauthorized_access: ["Operation 'handleGetJobsByStartDate' is restricted to 'super_user' roles"],
      invalid_schema_items: [],
    },
  });
  expect(await operation(log, { operation: "get_job", id: "no-such-job" }, reader)).toMatchObject({
    status: 200,
    body: [],
  });
});

test("without a file of credentials only this machine is answered", async () => {
  await using log = await holding(events);
  const forwarded = { ...basic, "x-forwarded-for": "203.0.113.7" };
  expect(await operation(log, { operation: "get_job", id: "x" }, forwarded)).toMatchObject({ status: 401 });
  expect(await operation(log, { operation: "get_job", id: "x" })).toMatchObject({ status: 200 });
  expect(await ask(log, "/compat/devo/search/jobs", { headers: forwarded })).toMatchObject({ status: 401 });
});
