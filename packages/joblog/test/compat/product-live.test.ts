import { isRefusal } from "@jobtrail/core/event";
import { productLive } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { email, JobStory } from "../story.ts";
import { apiKey, ask, events, holding, sampleEvents } from "./asking.ts";

const path = "/compat/product-live/v1/audit_logs";

test("jobs of any system are audit logs, the newest first, a page at a time", async () => {
  await using log = await holding(events);
  const { status, body } = await ask(log, `${path}?size=50`, { headers: apiKey });
  expect([status, body.object]).toEqual([200, "list"]);
  const said = body.data.map(({ type, timeGenerated, details }: never) => [
    timeGenerated,
    type,
    details["jobTitle"],
    details["jobInstanceStatus"],
  ]);
  expect(said).toEqual([
    ["2026-03-02T03:10:02.000Z", "job.end", "charge-card", "FAILED"],
    ["2026-03-02T03:00:12.000Z", "job.end", "nightly", "COMPLETED"],
    ["2026-03-02T03:00:09.000Z", "job.queued", "nightly", undefined],
    ["2026-03-02T03:00:07.000Z", "job.queued", "send-receipt", undefined],
    ["2026-03-02T03:00:06.000Z", "job.end", "charge-card", "FAILED"],
    ["2026-03-02T03:00:04.000Z", "job.queued", "charge-card", undefined],
    ["2026-03-02T03:00:03.000Z", "job.end", "send-receipt", "COMPLETED"],
    ["2026-03-02T03:00:00.000Z", "job.queued", "send-receipt", undefined],
  ]);
  for (const record of body.data) expect(isRefusal(productLive.parse(record))).toBe(false);
  const pages = await Promise.all(
    [0, 1, 2, 3].map(async (page) => (await ask(log, `${path}?page=${page}&size=3`, { headers: apiKey })).body.data),
  );
  expect(pages.flat()).toEqual(body.data);
  expect(pages.map((page) => page.length)).toEqual([3, 3, 2, 0]);
  expect((await ask(log, path, { headers: apiKey })).body.data).toHaveLength(8);
});

test("records of Product-Live's own have the spelling of the REST interface", async () => {
  await using log = await holding(sampleEvents("product-live"));
  const { body } = await ask(log, path, { headers: apiKey });
  expect(body.data).toHaveLength(2);
  expect(body.data.find(({ type }: { type: string }) => type === "job.end")).toEqual({
    object: "audit_log",
    id: "3fd28929-228d-11ef-91f5-002248824020",
    timeGenerated: "2024-06-04T16:12:33.743Z",
    entityType: "job",
    type: "job.end",
    version: "2",
    details: {
      accountId: "4201",
      userId: "5",
      jobOwnerAccountId: "4201",
      jobId: "675abb0fd17621b8c0460d09",
      jobTitle: "init-items-multilang-fournisseur",
      jobInstanceId: "67a0928eeda50fbacb06cac7",
      jobInstanceStatus: "COMPLETED",
      jobInstanceUpdatedAt: "2025-02-03T09:55:30.0070000Z",
      jobInstanceStartAt: "2025-02-03T09:55:26.0580000Z",
      jobInstanceEndAt: "2025-02-03T09:55:29.3010000Z",
      pipelineId: "674f4b87761a6b19c9f0ee74",
    },
  });
});

test("wrong keys and pages are refused, and so is the 51st request of a minute", async () => {
  await using log = await holding(Array.from({ length: 3 }, (_, i) => new JobStory(email, `${i}`).queued(i)));
  const answer = async (search: string, headers: Record<string, string> = apiKey): Promise<unknown[]> => {
    const { status, body } = await ask(log, `${path}${search}`, { headers });
    return [status, body.message];
  };
  expect({
    none: await answer("", {}),
    wrong: await answer("", { "x-api-key": "wrong" }),
    page: await answer("?page=-1"),
    size: await answer("?size=0"),
    large: await answer("?size=501"),
    deep: await answer("?page=999999999&size=500"),
    beyond: await answer("?page=20"),
  }).toEqual({
    none: [401, "Unauthorized: X-Api-Key is missing or unknown"],
    wrong: [401, "Unauthorized: X-Api-Key is missing or unknown"],
    page: [400, "page must be a whole number from 0"],
    size: [400, "size must be a whole number from 1 to 500"],
    large: [400, "size must be a whole number from 1 to 500"],
    deep: [400, "page 999999999 of 500 begins behind 10000 records: ask for newer ones"],
    beyond: [200, undefined],
  });
  for (let i = 5; i < 50; i++) expect((await answer(""))[0]).toBe(200);
  const { status, headers } = await ask(log, path, { headers: apiKey });
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toSatisfy((seconds: number) => seconds > 0 && seconds <= 60);
});
