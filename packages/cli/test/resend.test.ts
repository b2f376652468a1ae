import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

const day = Date.UTC(2026, 0, 31) / 1000;

/** A line of the second sink with one record for each number, a second apart. */
const line = (...numbers: readonly number[]): string =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
        scopeLogs: [
          {
            scope: { name: "test" },
            logRecords: numbers.map((n) => ({
              timeUnixNano: `${day + n}000000000`,
              severityText: "INFO",
              body: { stringValue: `record ${n}` },
              attributes: [{ key: "n", value: { intValue: String(n) } }],
              eventName: "job.queued",
            })),
          },
        ],
      },
    ],
  });

interface Request {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly numbers: readonly number[];
}

interface Backend extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly Request[];
  /** All that was taken, in the order of arrival. */
  readonly taken: readonly number[];
}

/** Takes OTLP; what it answers to a request is decided by the numbers of its records. */
async function backend(
  answer: (
    numbers: readonly number[],
    bytes: number,
    count: number,
  ) => readonly [status: number, body?: object] = () => [200],
): Promise<Backend> {
  const requests: Request[] = [];
  const taken: number[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = gunzipSync(await buffer(request));
    const { resourceLogs } = JSON.parse(bytes.toString()) as {
      resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
    };
    const numbers = resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => Number(body.stringValue.split(" ")[1]))),
    );
    requests.push({ path: request.url ?? "", authorization: request.headers.authorization, numbers });
    const [status, body = {}] = answer(numbers, bytes.length, requests.length);
    if (status === 200) taken.push(...numbers);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void take(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function resend(folder: string, url: string, more: readonly string[] = [], env = {}): Promise<Ended> {
  await using command = jobtrail(["collector", "resend", folder, "--endpoint", url, ...more], env);
  return await command.ended;
}

/** A full file, as today's Collector names it. */
const full = "joblog-2026-01-31T13-00-00.000-size.jsonl";

/** A second sink with two full files, one of them packed, and one that the Collector writes to. */
function sink(): ReturnType<typeof temporary> {
  const folder = temporary();
  writeFileSync(join(folder.path, "joblog-2026-01-31T12-00-00.000.jsonl.gz"), gzipSync(`${line(0, 1)}\n${line(2)}\n`));
  writeFileSync(join(folder.path, full), `${line(3)}\n${line(4, 5)}`);
  writeFileSync(join(folder.path, "joblog.jsonl"), `${line(6)}\n${line(7).slice(0, 30)}`);
  writeFileSync(join(folder.path, "notes.txt"), "not a file of the sink");
  return folder;
}

test("everything is sent in its order, and the second time only what is new", async () => {
  using folder = sink();
  await using to = await backend();
  const env = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20hunter2" };
  const first = await resend(folder.path, to.url, [], env);
  expect(first).toMatchObject({ code: 0, out: "", err: `Sent 7 records of 3 files to ${to.url}\n` });
  expect(to.taken).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(to.requests[0]).toMatchObject({ path: "/v1/logs", authorization: "Bearer hunter2" });

  appendFileSync(join(folder.path, "joblog.jsonl"), `${line(7).slice(30)}\n`);
  expect(await resend(folder.path, to.url)).toMatchObject({ code: 0 });
  expect(to.taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);

  await using other = await backend();
  await resend(folder.path, `${other.url}/v1/logs`);
  expect(other.taken).toEqual(to.taken);
  expect(other.requests[0]).toMatchObject({ path: "/v1/logs" });
});

test("a file is known again when it is full and has another name, or is packed", async () => {
  using folder = temporary();
  await using to = await backend();
  writeFileSync(join(folder.path, "joblog.jsonl"), `${line(0)}\n`);
  await resend(folder.path, to.url);
  writeFileSync(join(folder.path, "joblog-2026-01-31T12-00-00.000.jsonl.gz"), gzipSync(`${line(0)}\n${line(1)}\n`));
  writeFileSync(join(folder.path, "joblog.jsonl"), `${line(2)}\n`);
  await resend(folder.path, to.url);
  expect(to.taken).toEqual([0, 1, 2]);
});

test("files that begin alike are distinguished", async () => {
  using folder = temporary();
  await using to = await backend();
  const files = { "12-00": `${line(0)}\n${line(1)}\n`, "13-00": `${line(0)}\n${line(2)}\n`, "14-00": `\n${line(3)}\n` };
  for (const [at, text] of Object.entries({ ...files, "15-00": `\n${line(4)}\n` }))
    writeFileSync(join(folder.path, `joblog-2026-01-31T${at}-00.000-size.jsonl`), text);
  await resend(folder.path, to.url);
  expect(to.taken).toEqual([0, 1, 0, 2, 3, 4]);
});

test("what a killed Collector leaves in its file is sent, and what it wrote behind it", async () => {
  using folder = temporary();
  await using to = await backend();
  const path = join(folder.path, "joblog.jsonl");
  const noted = line(1).replace("record 1", 'record 1 {\\"resourceLogs\\":[');
  // Killed between a line and its end, then within a line, then again between the two.
  writeFileSync(path, `${line(0)}${noted}\n${line(2).slice(0, 40)}${line(3)}\n${line(4)}`);
  const ended = await resend(folder.path, to.url);
  expect(ended).toMatchObject({
    code: 2,
    err: `${path} has a line that is not a logs request in OTLP JSON\nSent 4 records of 1 files to ${to.url}, refused 1\n`,
  });
  appendFileSync(path, `${line(5)}\n`);
  await resend(folder.path, to.url);
  expect(to.taken).toEqual([0, 1, 3, 4, 5]);
});

test("a range of times is sent without the rest, and records are as they were", async () => {
  using folder = sink();
  await using to = await backend();
  const range = ["--since", "2026-01-31T00:00:01Z", "--until", "2026-01-31T00:00:05Z"];
  expect(await resend(folder.path, to.url, ["--dry-run", ...range])).toMatchObject({
    code: 0,
    err: `Would send 4 records of 3 files to ${to.url}\n`,
  });
  expect(to.requests).toEqual([]);
  await resend(folder.path, to.url, range);
  expect(to.taken).toEqual([1, 2, 3, 4]);
  // Another range is another resend.
  await resend(folder.path, to.url);
  expect(to.taken).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]);
});

test("what was taken whole is removed where that is asked for, but not the file that is written to", async () => {
  using folder = sink();
  await using to = await backend();
  expect(await resend(folder.path, to.url, ["--delete"])).toMatchObject({
    code: 0,
    err: `Sent 7 records of 3 files to ${to.url}, removed 2 files\n`,
  });
  expect(existsSync(join(folder.path, full))).toBe(false);
  expect(existsSync(join(folder.path, "joblog.jsonl"))).toBe(true);
});

describe("a receiver", () => {
  test("that is busy is asked again", async () => {
    using folder = sink();
    await using to = await backend((_, __, count) => (count === 1 ? [503] : [200]));
    const ended = await resend(folder.path, to.url);
    expect(ended).toMatchObject({ code: 0, err: expect.stringContaining("answers 503") as string });
    expect(to.taken).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("that takes no token ends it at once, and nothing counts as sent", async () => {
    using folder = sink();
    let isGood = false;
    await using to = await backend(() => (isGood ? [200] : [401, { message: "bad token" }]));
    const refused = await resend(folder.path, to.url, [], { OTEL_EXPORTER_OTLP_HEADERS: "authorization=hunter2" });
    expect(refused.code).toBe(1);
    expect(refused.err).toBe(
      `JOBTRAIL_SEND_FAILED: ${to.url} answers 401 (not authorized). It said: bad token. Set the key that it asks for in OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20abc. Jobtrail remembers what was accepted: run the same command to continue from here.\nSent 0 records of 1 files to ${to.url}\n`,
    );
    expect(refused.err).not.toContain("hunter2");
    expect(to.requests).toHaveLength(1);
    isGood = true;
    expect(await resend(folder.path, to.url)).toMatchObject({ code: 0 });
    expect(to.taken).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("that takes smaller requests gets smaller ones", async () => {
    using folder = temporary();
    writeFileSync(join(folder.path, "joblog.jsonl"), `${line(...Array(64).keys())}\n`);
    await using to = await backend((_, bytes) => (bytes > 3000 ? [413] : [200]));
    expect(await resend(folder.path, to.url)).toMatchObject({ code: 0 });
    expect(to.taken).toEqual([...Array(64).keys()]);
  });

  test("that never takes one record gets all others, and the one is kept aside", async () => {
    using folder = sink();
    let isMended = false;
    await using to = await backend((numbers) =>
      numbers.includes(4) && !isMended ? [400, { message: "no 4" }] : [200],
    );
    const rejects = join(folder.path, "rejects.ndjson");
    const ended = await resend(folder.path, to.url, ["--rejects", rejects, "--delete"]);
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(`${to.url} answers 400 (bad request). It said: no 4.`);
    expect(ended.err).toContain(`Sent 6 records of 3 files to ${to.url}, refused 1, removed 1 files\n`);
    expect(to.taken.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 5, 6]);
    expect(readFileSync(rejects, "utf8").trim().split("\n")).toHaveLength(1);
    expect(readFileSync(rejects, "utf8")).toContain("record 4");
    expect(existsSync(join(folder.path, full))).toBe(true);
    // What was refused is not sent again by itself, but it is not forgotten either.
    expect(await resend(folder.path, to.url, ["--delete"])).toMatchObject({
      code: 2,
      err: `Sent 0 records of 2 files to ${to.url}, refused before 1 (--again sends their files again)\n`,
    });
    expect(existsSync(join(folder.path, full))).toBe(true);
    isMended = true;
    expect(await resend(folder.path, to.url, ["--again", "--delete"])).toMatchObject({ code: 0 });
    expect(to.taken).toContain(4);
    expect(existsSync(join(folder.path, full))).toBe(false);
  });

  test("that refuses everything ends it, for then it is not the records", async () => {
    using folder = temporary();
    writeFileSync(join(folder.path, "joblog.jsonl"), `${line(...Array(64).keys())}\n`);
    await using to = await backend(() => [400, { message: "wrong dataset" }]);
    const ended = await resend(folder.path, to.url);
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining("wrong dataset") as string });
    expect(to.requests.length).toBeLessThan(16);
  });

  test("that says it left some out is believed", async () => {
    using folder = temporary();
    writeFileSync(join(folder.path, "joblog.jsonl"), `${line(0, 1, 2)}\n`);
    await using to = await backend(() => [
      200,
      { partialSuccess: { rejectedLogRecords: "2", errorMessage: "too old" } },
    ]);
    const ended = await resend(folder.path, to.url);
    expect(ended).toMatchObject({
      code: 2,
      err: `the receiver did not take 2 of 3: too old\nSent 1 records of 1 files to ${to.url}, refused 2\n`,
    });
  });

  test("that is not there is waited for, as long as is said", async () => {
    using folder = sink();
    const ended = await resend(folder.path, "http://127.0.0.1:1", ["--retry-for", "1s"]);
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(
      /^Waiting: nothing listens at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)\.\n[^]*JOBTRAIL_SEND_FAILED: [^\n]+\nSent 0 records/,
    );
  });

  test("that rejects more than it got has rejected all that it got", async () => {
    using folder = temporary();
    writeFileSync(join(folder.path, "joblog.jsonl"), `${line(0, 1)}\n`);
    await using to = await backend(() => [200, { partialSuccess: { rejectedLogRecords: 15, errorMessage: "odd" } }]);
    expect(await resend(folder.path, to.url)).toMatchObject({
      code: 2,
      err: `the receiver did not take 2 of 2: odd\nSent 0 records of 1 files to ${to.url}, refused 2\n`,
    });
  });

  test("that cannot be reached so, whatever one waits, ends it at once and shows no password", async () => {
    using folder = sink();
    await using to = await backend();
    const secure = `https://me:hunter2@${new URL(to.url).host}`;
    const ended = await resend(folder.path, secure, ["--retry-for", "10m"]);
    expect(ended.code).toBe(1);
    expect(ended.err.replaceAll(new URL(to.url).host, "HOST")).toBe(
      "JOBTRAIL_SEND_FAILED: https://HOST does not speak TLS (EPROTO). Write http:// instead of https:// in --endpoint, or the port that speaks TLS. Jobtrail remembers what was accepted: run the same command to continue from here.\nSent 0 records of 1 files to https://HOST\n",
    );
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20hunter2%00" };
    expect(await resend(folder.path, to.url, [], headers)).toMatchObject({
      code: 1,
      err: 'JOBTRAIL_ENDPOINT_WRONG: the value of "authorization" has a character that HTTP does not allow in a header. Correct OTEL_EXPORTER_OTLP_HEADERS.\n',
    });
  });
});

test("a line that is not a request is skipped and reported", async () => {
  using folder = temporary();
  const path = join(folder.path, "joblog.jsonl");
  writeFileSync(path, `${line(0)}\n\u0000\u0000garbage\n${line(1)}\n`);
  await using to = await backend();
  const ended = await resend(folder.path, to.url);
  expect(ended).toMatchObject({
    code: 2,
    err: `${path} has a line that is not a logs request in OTLP JSON\nSent 2 records of 1 files to ${to.url}, refused 1\n`,
  });
  expect(to.taken).toEqual([0, 1]);
});

test("a packed file that is damaged or not finished gives what lies before that, and the others are sent", async () => {
  using folder = temporary();
  const name = (hour: number): string => join(folder.path, `joblog-2026-01-31T${hour}-00-00.000-size.jsonl.gz`);
  const whole = gzipSync([0, 1, 2, 3].map((n) => `${line(n)}\n`).join(""), { level: 0 });
  const damaged = gzipSync([4, 5, 6, 7].map((n) => `${line(n)}\n`).join(""), { level: 0 });
  writeFileSync(name(12), whole.subarray(0, whole.length - 100));
  writeFileSync(name(13), Buffer.concat([damaged.subarray(0, 10), Buffer.from([0xff]), damaged.subarray(11)]));
  writeFileSync(name(14), gzipSync(`${line(8)}\n`));
  await using to = await backend();
  const first = await resend(folder.path, to.url, ["--delete"]);
  expect({ ...first, taken: to.taken }).toMatchObject({
    code: 2,
    err: [
      `${name(12)} is damaged or incomplete (unexpected end of file): the records before the damage are sent, and the file is kept.`,
      `${name(13)} is damaged or incomplete (invalid block type): the records before the damage are sent, and the file is kept.`,
      `Sent 4 records of 2 files to ${to.url}, damaged files 2, removed 1 files\n`,
    ].join("\n"),
    taken: [0, 1, 2, 8],
  });
  // A file that was packed while it was read is whole the next time.
  writeFileSync(name(12), whole);
  writeFileSync(name(13), damaged);
  expect(await resend(folder.path, to.url, ["--delete"])).toMatchObject({ code: 0 });
  expect(to.taken).toEqual([0, 1, 2, 8, 3, 4, 5, 6, 7]);
});

test("where it cannot be kept how far was sent, that is one line", async () => {
  using folder = temporary();
  writeFileSync(join(folder.path, "joblog.jsonl"), `${line(0)}\n`);
  symlinkSync(join(folder.path, "gone", "gone"), join(folder.path, ".resent"));
  await using to = await backend();
  const ended = await resend(folder.path, to.url);
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toMatch(
    /^JOBTRAIL_CHECKPOINT_UNUSABLE: .*\.resent\/\w+\.json: E[^\n]+; run it as a user who may write there\.\n$/,
  );
});

test("mistakes explain themselves", async () => {
  using folder = temporary();
  const gone = await resend(join(folder.path, "gone"), "http://127.0.0.1:1");
  expect(gone).toMatchObject({ code: 1, out: "" });
  expect(gone.err).toMatch(/^JOBTRAIL_SINK_UNREADABLE: .*gone: ENOENT[^\n]*\n$/);
  const empty = await resend(folder.path, "http://127.0.0.1:1");
  expect(empty.err).toContain("it has no file of a second sink (*.jsonl or *.jsonl.gz); name the folder second-sink.");
  expect((await resend(folder.path, "localhost:4318")).err).toContain(
    '"localhost:4318" has no scheme: write http://localhost:4318, or https://localhost:4318 where it expects TLS.',
  );
  const both = await resend(folder.path, "http://127.0.0.1:1", ["--delete", "--since", "2026-01-31T00:00:00Z"]);
  expect(both.err).toContain("--delete removes whole files: leave out --since and --until.");
});
