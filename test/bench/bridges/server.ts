/** Servers of the bench: they answer as the fakes do, but make each record when it is asked for. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { apartMs, began } from "./time.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const uuid = (i: number): string => `00000000-0000-4000-8000-${i.toString(16).padStart(12, "0")}`;
const timeOf = (i: number): number => began + i * apartMs;

/** The records from one to another, as the items of a list. */
const list = (from: number, to: number, record: (i: number) => object): string => {
  const items: string[] = [];
  for (let i = from; i < to; i++) items.push(JSON.stringify(record(i)));
  return `[${items.join(",")}]`;
};

const harperJob = (i: number): object => ({
  id: uuid(i),
  user: "HDB_ADMIN",
  type: "csv_data_load",
  status: "COMPLETE",
  start_datetime: timeOf(i),
  end_datetime: timeOf(i) + 1604,
  job_body: null,
  message: "successfully loaded 350 of 350 records",
  created_datetime: timeOf(i) - 15,
  __createdtime__: timeOf(i) - 11,
  __updatedtime__: timeOf(i) + 1604,
  start_datetime_converted: iso(timeOf(i)),
  end_datetime_converted: iso(timeOf(i) + 1604),
});

function harper(records: number, body: string): string {
  const { from_date: from, to_date: to } = JSON.parse(body) as { readonly from_date: string; readonly to_date: string };
  const first = Math.max(0, Math.floor((Date.parse(from) - began) / apartMs) + 1);
  const last = Math.min(records, Math.ceil((Date.parse(to) - began) / apartMs));
  return list(first, Math.max(first, last), harperJob);
}

const devoJobs = 10_000;
let devoRound = 0;

const devoJob = (i: number): object => ({
  status: "RUNNING",
  id: uuid(i),
  eventGenerated: devoRound * 10 + (i % 7),
  lastDatetime: began + devoRound * 1000,
  type: "kafka",
  friendlyName: `kafka_${i}`,
  query: "from demo.ecommerce.data select *",
  error: [],
});

function devo(): string {
  devoRound++;
  return `{"status":0,"cid":"mrMlHGDbQC","timestamp":${began + devoRound * 1000},"object":${list(0, devoJobs, devoJob)}}`;
}

const audit = (i: number): object => ({
  id: `audit-${i}`,
  source: "com.qlik/automations",
  tenantId: "Wq3xk8YtJf0aLrB1nZc5uVdE7hPs2MgK",
  userId: "63e0a4f1c2b7d95e8a41f0c7",
  eventId: uuid(i),
  eventTime: iso(timeOf(i)),
  eventType: "com.qlik.v1.automation.run.ended",
  eventTypeVersion: "1.0.0",
  contentType: "application/json",
  extensions: {
    ownerId: "63e0a4f1c2b7d95e8a41f0c7",
    spaceId: "",
    topLevelResourceId: "2b9e6f10-8c4d-11f0-9d7e-5a1c3e0b2f46",
  },
  data: {
    id: uuid(i),
    title: "Send the weekly figures",
    status: "finished",
    context: "api_async",
    billable: true,
    testRun: false,
    createdAt: iso(timeOf(i) - 3000),
    startTime: iso(timeOf(i) - 2000),
    stopTime: iso(timeOf(i)),
    executedById: "63e0a4f1c2b7d95e8a41f0c7",
    network: { rxBytes: 48_211, txBytes: 1802 },
    totalApiCalls: 3,
  },
});

function qlik(records: number, query: URLSearchParams): string {
  const [from = "", to = ""] = (query.get("eventTime") ?? "/").split("/");
  const first = Math.max(0, Math.ceil((Date.parse(from) - began) / apartMs)) + Number(query.get("next") ?? 0);
  const last = Math.min(records, Math.ceil((Date.parse(to) - began) / apartMs));
  const end = Math.min(last, first + 100);
  query.set("next", String(Number(query.get("next") ?? 0) + 100));
  const href = end < last ? `https://tenant.example/api/v1/audits?${query.toString()}` : null;
  return `{"data":${list(first, Math.max(first, end), audit)},"links":{"next":{"href":${JSON.stringify(href)}}}}`;
}

const ended = (i: number): object => ({
  object: "audit_log",
  timeGenerated: iso(timeOf(i)),
  entityType: "job",
  type: "job.end",
  version: "2",
  details: {
    accountId: "4201",
    userId: "5",
    jobOwnerAccountId: "4201",
    jobId: "675abb0fd17621b8c0460d09",
    jobTitle: "init-items",
    jobInstanceId: i.toString(16).padStart(24, "0"),
    jobInstanceStatus: "COMPLETED",
    jobInstanceUpdatedAt: iso(timeOf(i)).replace("Z", "0000Z"),
    jobInstanceStartAt: iso(timeOf(i) - 3243).replace("Z", "0000Z"),
    jobInstanceEndAt: iso(timeOf(i)).replace("Z", "0000Z"),
    pipelineId: "674f4b87761a6b19c9f0ee74",
  },
});

function productLive(records: number, query: URLSearchParams): string {
  const [page, size] = [Number(query.get("page")), Number(query.get("size"))];
  const first = page * size;
  return `{"object":"list","data":${list(first, Math.max(first, Math.min(records, first + size)), ended)}}`;
}

const [, , count = "0"] = process.argv;
const records = Number(count);
const answers: Readonly<Record<string, (body: string, query: URLSearchParams) => string>> = {
  "/": (body) => harper(records, body),
  "/search/jobs": devo,
  "/api/v1/audits": (_, query) => qlik(records, query),
  "/v1/audit_logs": (_, query) => productLive(records, query),
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://bench");
  void reply();
  async function reply(): Promise<void> {
    const body = await text(request);
    const isOtlp = /^\/v1\/(logs|traces|metrics)$/.test(pathname);
    const answer = isOtlp ? () => "{}" : answers[pathname];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(answer?.(body, searchParams) ?? "{}");
  }
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
