import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { startJobLog } from "@jobtrail/joblog";
import { jobs } from "../../packages/joblog/test/sender.ts";

/** One request of any form. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** What was answered: how often each status, and how long the slowest answer took, in milliseconds. */
export interface Answers {
  readonly statuses: ReadonlyMap<number, number>;
  readonly slowest: number;
  readonly slowestPath: string;
}

/** Within this time every request is answered, in milliseconds. */
const deadlineMs = 2000;

/**
 * Sends requests of every form to a job log.
 * @throws Error with the request that was answered with 5xx, or not in time.
 */
export async function fuzzJobLog(requests: number, seed: number, over: (done: number) => void): Promise<Answers> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-fuzz-"));
  const log = await startJobLog({ port: 0, data: folder });
  const statuses = new Map<number, number>();
  const worst = { slowest: 0, slowestPath: "" };
  try {
    const kept = jobs(Array.from({ length: 200 }, (_, i) => `${i}`));
    await send(log.url, { method: "POST", path: "/v1/logs", headers: protobuf, body: kept });
    for (const [i, asked] of fc.sample(anyRequest, { numRuns: requests, seed }).entries()) {
      const begin = performance.now();
      const status = await send(log.url, asked);
      const took = performance.now() - begin;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (took > worst.slowest) Object.assign(worst, { slowest: took, slowestPath: asked.path.slice(0, 100) });
      if (status >= 500 || took > deadlineMs)
        throw new Error(
          `${status} after ${Math.round(took)} ms: ${JSON.stringify({ ...asked, body: asked.body?.length })}`,
        );
      over(i + 1);
    }
    const after = await send(log.url, { method: "GET", path: "/readyz", headers: {}, body: undefined });
    if (after !== 200) throw new Error(`the job log is not ready afterwards: ${after}`);
    return { statuses, ...worst };
  } finally {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The status of an answer; its body is read to the end, a stream's to its first bytes. */
function send(url: string, { method, path, headers, body }: Asked): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const done = (): void => resolve(answer.statusCode ?? 0);
      if (answer.headers["content-type"] === "text/event-stream") {
        answer.once("data", () => outgoing.destroy());
        answer.once("close", done);
        answer.on("error", () => undefined);
        return;
      }
      answer.resume();
      answer.once("end", done);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const protobuf = { "content-type": "application/x-protobuf" };

/** Texts that have broken something somewhere. */
const hostile = fc.constantFrom(
  "'; DROP TABLE jobs; --",
  '" OR 1=1',
  "%00",
  "../../etc/passwd",
  "..%2f..%2f",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "\u{202e}abc",
  "9".repeat(400),
  "-1",
  "1e309",
  "NaN",
  "%",
  "a".repeat(3000),
);
const text = fc.oneof(hostile, fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 20 }));

const parameter = fc.oneof(
  fc.constantFrom("system", "queue", "name", "state", "result", "actor", "id", "uid", "error", "duration", "runs"),
  fc.constantFrom("lost", "retried", "failed", "before", "after", "limit", "from", "to", "of", "since"),
  fc.constantFrom("queue.not", "name.prefix", "duration.min", "runs.below", "state.not", "queue.", ".not", "a.b.c"),
  text,
);
const value = fc.oneof(
  text,
  fc.constantFrom("true", "false", "completed", "success", "email", "1", "500", "0", "2026-03-02", "ended"),
  fc.tuple(fc.integer(), fc.nat(), text).map((parts) => parts.join(".")),
);
const search = fc
  .array(fc.tuple(parameter, value), { maxLength: 4 })
  .map((pairs) =>
    pairs.map(([key, each]) => `${encodeURIComponent(key.toWellFormed())}=${encodeURIComponent(each.toWellFormed())}`),
  )
  .map((parts) => (parts.length === 0 ? "" : `?${parts.join("&")}`));

const segment = text.map((each) => encodeURIComponent(each.toWellFormed()));
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("/", "/api/v1/jobs", "/api/v1/summary", "/metrics", "/readyz", "/healthz") },
  { weight: 2, arbitrary: segment.map((each) => `/jobs/${each}`) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(segment, fc.constantFrom("", "/events", "/logs", "/x"))
      .map(([a, b]) => `/api/v1/jobs/${a}${b}`),
  },
  { weight: 1, arbitrary: fc.constant("/api/v1/stream") },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`) },
);
const read: fc.Arbitrary<Asked> = fc
  .tuple(fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE"), path, search)
  .map(([method, at, query]) => ({ method, path: `${at}${query}`, headers: {}, body: undefined }));

const good = jobs(["1", "2", "3"]);

/** A good body with some bytes changed, cut or put twice. */
const spoiled = fc
  .array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
  .chain((changes) =>
    fc.nat(good.length).map((end) => {
      const body = Buffer.from(good);
      for (const [at, byte] of changes) body[at] = byte;
      return changes.length % 2 === 0 ? body : body.subarray(0, end);
    }),
  );
const json = fc.json().map((each) => Buffer.from(each));
const records = fc
  .json({ maxDepth: 2 })
  .map((each) =>
    Buffer.from(
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${each},{"eventName":"job.queued","attributes":${each}}]}]}]}`,
    ),
  );
const written: fc.Arbitrary<Asked> = fc
  .tuple(
    fc.constantFrom("/v1/logs", "/v1/logs", "/v1/traces", "/v1/metrics"),
    fc.oneof(spoiled, json, records, fc.uint8Array({ maxLength: 200 })),
    fc.constantFrom("application/x-protobuf", "application/json", "text/plain", ""),
    fc.constantFrom("identity", "gzip", "br", "no such"),
    fc.boolean(),
  )
  .map(([at, body, type, encoding, isPacked]) => ({
    method: "POST",
    path: at,
    headers: { "content-type": type, "content-encoding": encoding },
    body: encoding === "gzip" && isPacked ? gzipSync(body) : body,
  }));

const anyRequest = fc.oneof({ weight: 3, arbitrary: read }, { weight: 2, arbitrary: written });
