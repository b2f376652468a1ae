import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mapped } from "./mappings.ts";

/** A body that both the schema and the Collector's mapping are given. */
export interface Case {
  readonly title: string;
  readonly text: string;
}

/** Stands in everything that is secret. */
export const canary = "hunter2";

const samples = join(import.meta.dirname, "../../packages/schemas/test/samples");

const sample = (schema: Mapped, name: string): Case => ({
  title: `the sample ${name}`,
  text: readFileSync(join(samples, schema, `${name}.json`), "utf8"),
});

const made = (title: string, value: unknown, indent?: number): Case => ({
  title,
  text: JSON.stringify(value, undefined, indent),
});

type Members = Readonly<Record<string, unknown>>;

const whole = JSON.parse(sample("qlik", "made-event").text) as Members;
const run = whole["data"] as Members;
const { blocks, metrics } = run;

/** A CloudEvent of Qlik's, with other data. */
const event = (title: string, data: Members, more: Members = {}): Case =>
  made(title, { ...whole, ...more, data: { ...run, ...data } });

const statuses = [
  "exceeded limit",
  "failed",
  "finished",
  "finished with warnings",
  "must stop",
  "not started",
  "queued",
  "running",
  "starting",
  "stopped",
];
const contexts = ["test_run", "editor", "detail", "api_sync", "webhook", "lookup", "api", "interactive"];

const qlik: readonly Case[] = [
  ...["printed", "made-event", "made-hybrid", "made-legacy", "made-audit"].map((name) => sample("qlik", name)),
  ...statuses.map((status) => event(`a run that is ${status}`, { status })),
  ...contexts.map((context) => event(`a run by ${context}`, { context, scheduledStartTime: null })),
  event("a run of a schedule", { context: undefined }),
  event("a run that nobody says the cause of", { context: "", scheduledStartTime: "" }),
  event("a status that no document lists", { status: 'lost "in" space' }),
  event("a context that no document lists", { context: "moon" }),
  event("no status", { status: undefined }),
  event("a test run by the older spelling", { testRun: undefined, isTestRun: true }),
  event("spellings that disagree", { testRun: true, archived: true }),
  event("times in disorder", {
    createdAt: "2026-09-30T05:00:02Z",
    startTime: "2026-09-30T05:00:01Z",
    stopTime: "2026-09-30T05:00:00Z",
  }),
  event("times with a zone and more digits than nanoseconds", {
    createdAt: "2026-02-28T23:30:00.12345678987+05:30",
    startTime: "2026-02-28T13:00:01-05:00",
    stopTime: "2028-02-29T00:00:00.5Z",
  }),
  event("a duration whose fourth digit is a five", {
    startTime: "2026-09-30T05:00:00Z",
    stopTime: "2026-09-30T05:00:01.125Z",
  }),
  event("no end but that of the event", { stopTime: null, startTime: null }),
  event("everything null", Object.fromEntries(Object.keys(run).map((key) => [key, null]))),
  made("no data", { ...whole, data: undefined }),
  made("data that are null, and an empty object that nobody lists", { ...whole, data: null, more: {} }),
  made("empty data", { ...whole, data: {} }),
  event("a space", { spaceId: "s1" }, { spaceid: "s1" }),
  event("no id of the run", { id: "" }),
  event("an id with the signs that keep parts apart", { id: "a/b~c" }),
  event("members that no document lists", { extra: [1, { b: null, a: "" }] }, { traceparent: "00-1", z: {} }),
  event("titles of any language", { title: 'Größe 漢字 🙂 \u2028 \u0007 "quoted" \\ back' }),
  event("a title of 1024 units", { title: "🙂".repeat(512) }),
  event("a title that is too long for an attribute", { title: `${"🙂".repeat(512)}.` }),
  event("an empty title", { title: "" }),
  event("more blocks than an attribute holds", { blocks: Array.from({ length: 8 }, () => blocks).flat() }),
  event("blocks of the metrics alone", { blocks: undefined }),
  event("no network", { network: null, metrics: { ...(metrics as Members), network: {} } }),
  event("secrets of each kind", {
    blocks: [canary, 7, [[canary]], { a: { b: canary }, "0": canary }, "", [], {}, null].map((params) => ({
      type: "baseBlock",
      params,
    })),
  }),
  event("an automation of its own", { automation: { name: "n", list: [1.5, true, null, ""] } }),
  { title: "numbers with every digit", text: numbers() },
  { title: "JSON as other languages write it", text: escaped() },
  made("JSON on many lines", whole, 2),
  { title: "a byte order mark", text: `\uFEFF${JSON.stringify(whole)}` },
];

function numbers(): string {
  const data = '"totalApiCalls":1.50,"network":{"rxBytes":123456789012345,"txBytes":0.125},"automation":[1E5,1.0,-0]';
  return JSON.stringify({ ...whole, data: { id: "r1" } }).replace('{"id":"r1"}', `{"id":"r1",${data}}`);
}

function escaped(): string {
  const data = String.raw`{"id":"a\/b","title":"caf\u00e9 \ud83d\ude42 \u0022x\u0022 \\u0041 \u005C \u001F \u0009","automation":{"n\u00e4me":"\/x\u0000\u001A\n"}}`;
  return JSON.stringify({ ...whole, data: "here" })
    .replace('"here"', data)
    .replace("com.qlik/", String.raw`com.qlik\/`);
}

const details = { jobInstanceId: "67a0bf50d57ed1d3c254713c" };
const end = JSON.parse(sample("product-live", "printed-end").text) as Members;

const row = (title: string, type: string, more: Members, envelope: Members = {}): Case =>
  made(title, { PlType: type, ...envelope, Details: { ...details, ...more } });

const ended = (title: string, more: Members, envelope: Members = {}): Case =>
  made(title, { ...end, ...envelope, Details: { ...(end["Details"] as Members), ...more } });

const csv = (title: string, text: string, envelope: Members = {}): Case =>
  made(title, { ...end, Version: "2", ...envelope, Details: text });

const words = ["COMPLETED", "COMPLETED_WITH_ERRORS", "TIMED_OUT", "TIMEDOUT", "FAILED", "TERMINATED", "UNKNOWN"];
const others = ["REMOVED", "USER_ERROR", "PENDING", "RUNNING", "LOST"];
const origins = ["APP", "SETTINGS", "PERIODIC", "API", "PUBLICATION", "UNKOWN", "UNKNOWN", "MOON", ""];
const rule = { isEnabled: true, cronExpression: "0 9 * * 7" };
const off = { isEnabled: false, cronExpression: "0 1 * * *" };

const productLive: readonly Case[] = [
  ...["printed-queue", "printed-end"].map((name) => sample("product-live", name)),
  ...[...words, ...others].map((word) => ended(`an end that is ${word}`, { jobInstanceStatus: word })),
  ...[...words, ...others].map((word) =>
    ended(`an end without a start that is ${word}`, { jobInstanceStatus: word, jobInstanceStartAt: null }),
  ),
  ...origins.map((actionOrigin) => row(`a job asked for by ${actionOrigin}`, "job.queued", { actionOrigin })),
  row("the other spelling of a type", "job.queue", {}),
  ended("the other spelling of an end", {}, { PlType: "job.ended" }),
  row("a system job", "job.queue", { jobType: "SYSTEM", systemJobType: "refresh-items-system", jobTitle: "t" }),
  row("a user's job", "job.queue", { jobType: "USER", systemJobType: "refresh-items-system", jobTitle: "t" }),
  row("one rule in force", "job.queued", { jobPeriodicity: [off, rule] }),
  row("two rules in force", "job.queued", { jobPeriodicity: [rule, rule] }),
  row("a rule without an expression", "job.queued", { jobPeriodicity: [{ isEnabled: true }] }),
  row("nothing but what is required", "job.queued", {}),
  row("everything null", "job.queued", { userId: null, jobTitle: null, jobPeriodicity: null, actionOrigin: null }),
  row("empty texts", "job.queued", { userId: "", jobOwnerAccountId: "", pipelineId: "", jobKey: "" }, { Id: "" }),
  row("members that no document lists", "job.queued", { extra: { a: [1.5] } }, { Type: "PlAudit_CL", Version: 2.5 }),
  row(
    "two times of ingestion",
    "job.queued",
    {},
    {
      TimeGenerated: "2024-06-04T16:12:33Z",
      "TimeGenerated [UTC]": "2024-06-04T18:12:33.5+02:00",
    },
  ),
  ended("an end before its start", { jobInstanceStartAt: "2025-02-03T09:55:30Z" }),
  csv("a row of the portal's CSV", JSON.stringify(end["Details"]), {
    "TimeGenerated [UTC]": "6/4/2024, 4:12:33.743 PM",
  }),
  csv("details with a layout of their own", JSON.stringify(end["Details"], undefined, 2)),
  csv(
    "details with more than is listed, on two lines",
    '{"jobInstanceStatus":"FAILED",\n"jobInstanceId":"x","more":1.50}',
  ),
  csv("details with escapes", String.raw`{"jobInstanceId":"x\/\u00e9","jobInstanceStatus":"FAILED","jobTitle":"a\"b"}`),
  made("a row that is laid out on many lines", end, 2),
];

/** What both read, and read alike. */
export const alike: Readonly<Record<Mapped, readonly Case[]>> = { "product-live": productLive, qlik };

/** Cases by the reason for which the mapping has not read them. */
export type Reasons = Readonly<Record<string, readonly Case[]>>;

const noObject = "it is no JSON object, or one that is too deep";
const noTime = (names: string): string => `no time of the years 1971 to 2199 with a zone: one of ${names}`;
const runTimes = noTime("createdAt, updatedAt, scheduledStartTime, startTime, stopTime");
const runTexts =
  "id, title, status, context, createdAt, updatedAt, scheduledStartTime, startTime, stopTime, executedById, ownerId, spaceId";
const instanceTimes = noTime("jobInstanceUpdatedAt, jobInstanceStartAt, jobInstanceEndAt");
const noType = "PlType is none of job.queue, job.queued, job.end, job.ended";

const qlikUnread: Reasons = {
  [noObject]: [
    { title: "no JSON", text: `no JSON, params: ${canary}` },
    { title: "JSON that ends too early", text: `{"data":{"blocks":[{"params":[{"value":"${canary}"}` },
    { title: "JSON within a text", text: JSON.stringify(JSON.stringify({ params: canary })) },
    { title: "an empty text", text: "" },
    { title: "a list", text: "[]" },
  ],
  "it is no JSON": [
    { title: "a number that JSON does not have", text: `{"a":01,"params":${JSON.stringify(canary)}}` },
    { title: "a line feed in a text", text: `{"a":"\n"}` },
  ],
  "it has no id": [
    { title: "a list of events", text: `{"data":[${JSON.stringify(whole)}]}` },
    { title: "a name spelled in another way", text: `{"p\\u0061rams":"${canary}"}` },
  ],
  "type does not end in .run.ended": [made("another type of event", { ...whole, type: "com.qlik.v1.app.created" })],
  "it has no tenantid": [made("no tenant", { ...whole, tenantid: "" })],
  [runTimes]: [event("a time that is none", { startTime: "2026-02-30T05:00:00Z" })],
  [`not of the documented type: one of ${runTexts}`]: [event("a title that is a number", { title: 7 })],
  "not of the documented type: blocks": [
    event("blocks that are none", { blocks: [7] }),
    event("a block whose bytes are a text", { blocks: [{ type: "baseBlock", rxBytes: "1", params: canary }] }),
  ],
};

const productLiveUnread: Reasons = {
  [noType]: [made("another entity", { PlType: "item.create", Details: {} })],
  "Details is no object": [made("details that are no object", { PlType: "job.end", Details: [] })],
  "Details is not the JSON text of an object": [made("details that are no JSON", { PlType: "job.end", Details: "{" })],
  "it has no jobInstanceId": [made("no id", { PlType: "job.queued", Details: {} })],
  "it has no jobInstanceStatus": [made("no status", { PlType: "job.end", Details: details })],
  [instanceTimes]: [ended("a time that is none", { jobInstanceEndAt: "2025-02-30T00:00:00Z" })],
  "not of the documented type: jobPeriodicity": [row("rules that are none", "job.queued", { jobPeriodicity: "daily" })],
};

/** What neither reads. */
export const unread: Readonly<Record<Mapped, Reasons>> = { "product-live": productLiveUnread, qlik: qlikUnread };

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const long = "x".repeat(1000);

const qlikLeft: Reasons = {
  "it is not of Qlik's own": [
    made("a record that Jobtrail wrote of another system's job", {
      ...whole,
      type: "jobtrail.run.ended",
      jobtrail: { system: "bullmq", uid: "0".repeat(32), derived: [] },
    }),
    made("an event of somebody else's", { ...whole, type: "acme.run.ended" }),
  ],
  [runTimes]: [event("a time of another century", { startTime: "1969-12-31T23:59:59Z" })],
  "a number with so many digits that a double may not hold it: totalApiCalls": [
    { title: "a number of twenty digits", text: numbers().replace("1.50", "90071992547409930000") },
  ],
  "it holds half a character": [event("half a character", { title: "\uD800" })],
  "a key is a number": [event("a key that is a number", { automation: { b: 1, "1": 2 } })],
  [noObject]: [event("more levels than are looked into", { automation: deep(12) })],
  "a word of more than 80 characters: context": [event("a long word", { context: "x".repeat(81) })],
  "it holds code points that no text has": [event("code points that stand for others here", { title: "\uFDD0" })],
  "its fields take more room than attributes may": [
    event("many long fields", {
      title: long,
      executedById: long,
      ownerId: long,
      automation: long,
      blocks: [{ type: long }],
      metrics: { blocks: [{ type: long }] },
    }),
  ],
  "it has more than 262144 bytes": [event("a large record", { automation: "x".repeat(262_144) })],
};

const productLiveLeft: Reasons = {
  [noType]: [
    made("an answer of the REST interface", { object: "audit_log", type: "job.end", details: end["Details"] }),
    made("a job execution", {
      object: "job_execution",
      id: "e1",
      status: "COMPLETED",
      input: { context: { userId: "3" }, file: { url: canary } },
      output: [canary],
    }),
  ],
  "it has more than 5 rules": [
    row("more rules than are documented", "job.queued", { jobPeriodicity: Array.from({ length: 6 }, () => off) }),
  ],
};

/** What the schema reads, and the mapping leaves to the bridge: it cannot do the same, or cannot tell whether it would. */
export const left: Readonly<Record<Mapped, Reasons>> = { "product-live": productLiveLeft, qlik: qlikLeft };
