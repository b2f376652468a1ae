import type { JobEvent } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { startJobLog } from "../src/index.ts";
import type { JobLog } from "../src/index.ts";
import { post } from "./sender.ts";
import { email, line, order, received, refusedCard, JobStory } from "./story.ts";

const keep = async (log: JobLog, ...events: readonly (JobEvent | Received)[]): Promise<void> => {
  const all = events.map((each) => ("record" in each ? each : received(each)));
  const { status, text } = await post(`${log.url}/v1/logs`, encodeLogs(all, "protobuf"));
  expect({ status, text }).toMatchObject({ status: 200 });
};

// What a test asserts of an answer is checked by the assertion itself.
// oxlint-disable-next-line typescript/no-explicit-any
const ask = async (log: JobLog, path: string): Promise<{ status: number; body: any }> => {
  const answer = await fetch(`${log.url}/api/v1${path}`);
  return { status: answer.status, body: await answer.json() };
};

test("jobs come most recent first, page by page, each once", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, ...Array.from({ length: 7 }, (_, i) => new JobStory(email, `${i}`).queued(i)));
  const ids: string[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const { body } = await ask(log, `/jobs?limit=3&before=${encodeURIComponent(next)}`);
    ids.push(...body.jobs.map(({ id }: { id: string }) => id));
    next = body.next;
  }
  expect(ids).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
});

test("jobs are chosen by what they are and by how they went, alone and together", async () => {
  await using log = await startJobLog({ port: 0 });
  const [mail, charge] = [
    new JobStory(email, "1", { "job.actor.id": "ann" }),
    new JobStory(order, "2", { "job.actor.id": "bela" }),
  ];
  await keep(log, mail.queued(0), mail.started(1, 1), mail.succeeded(1, 2));
  await keep(log, charge.queued(0), charge.started(1, 1), charge.failed(1, 2, false, refusedCard));
  await keep(log, charge.started(2, 3), charge.started(3, 4), charge.failed(3, 5, true, refusedCard));
  const found = async (search: string): Promise<string[]> =>
    (await ask(log, `/jobs?${search}`)).body.jobs.map(({ id }: { id: string }) => id);
  expect({
    system: await found("system=bullmq"),
    queue: await found("queue=orders"),
    name: await found("name=send-receipt"),
    state: await found("state=failed"),
    actor: await found("actor=bela"),
    result: await found("result=success"),
    lost: await found("lost=true"),
    notLost: await found("lost=false"),
    retried: await found("retried=true"),
    together: await found("system=pgboss&state=failed&actor=bela&lost=true&retried=true"),
    neither: await found("system=pgboss&actor=ann"),
    empty: await found("system=&queue=orders"),
    either: await found("queue=orders&queue=email"),
    not: await found("queue.not=orders"),
    id: await found("id=2"),
    day: await found("from=2026-03-02&to=2026-03-03"),
    later: await found("from=2026-03-03"),
    ended: await found("of=ended&from=2026-03-02T03:00:05Z"),
    prefix: await found("name.prefix=send"),
    text: await found("text=bank+refused"),
  }).toEqual({
    system: ["1"],
    queue: ["2"],
    name: ["1"],
    state: ["2"],
    actor: ["2"],
    result: ["1"],
    lost: ["2"],
    notLost: ["1"],
    retried: ["2"],
    together: ["2"],
    neither: [],
    empty: ["2"],
    either: ["1", "2"],
    not: ["1"],
    id: ["2"],
    day: ["1", "2"],
    later: [],
    ended: ["2"],
    prefix: ["1"],
    text: ["2"],
  });
});

test.each([
  ["state=done", "state", "scheduled, waiting", 'state is "done"'],
  ["limit=9999", "limit", "a whole number from 1 to 500", 'limit is "9999"'],
  ["limit=0", "limit", "a whole number from 1 to 500", 'limit is "0"'],
  ["before=yesterday", "before", "a cursor that an earlier answer gave", 'before is "yesterday"'],
  ["before=1.a", "before", "a cursor that an earlier answer gave", 'before is "1.a"'],
  ["before=1.0.a&after=1.0.a", "after", "nothing where before is given", 'after is "1.0.a"'],
  ["lost=yes", "lost", "true, false", 'lost is "yes"'],
  ["retried=1", "retried", "true, false", 'retried is "1"'],
  ["limit=1&limit=2", "limit", "one value", 'limit is "1" and "2"'],
  ["queue.min=a", "queue.min", "queue.not, queue.prefix", 'queue.min is "a"'],
  ["failed.not=true", "failed.not", "failed", 'failed.not is "true"'],
  ["duration.min=long", "duration.min", "a number of seconds", 'duration.min is "long"'],
  ["from=noon", "from", "a time such as 2026-03-02T03:00:00Z", 'from is "noon"'],
  ["of=birth&from=2026-03-02", "of", "queued, started, ended, heard", 'of is "birth"'],
  ["que=a", "que", "one of the parameters uid, id, system", 'que is "a"'],
])("the parameters %s are answered with 400, naming the parameter and what is allowed", async (search, ...said) => {
  await using log = await startJobLog({ port: 0 });
  const [parameter, allowed, message] = said;
  expect(await ask(log, `/jobs?${search}`)).toEqual({
    status: 400,
    body: {
      error: {
        code: "JOBTRAIL_QUERY_INVALID",
        parameter,
        allowed: expect.stringContaining(allowed),
        found: expect.any(String),
        message: expect.stringContaining(message),
      },
    },
  });
});

test("a job is given whole: its runs with result, error and trace, its events and log lines in order", async () => {
  await using log = await startJobLog({ port: 0 });
  const job = new JobStory(order, "a/b", { "job.scope.type": "shop", "job.scope.id": "7" });
  const events = [
    job.queued(0),
    job.started(1, 1, { "job.run.wait": 1, "job.worker.name": "w1" }),
    job.failed(1, 2, false, refusedCard),
    job.started(2, 10),
    job.succeeded(2, 11, { "job.run.duration": 1, "job.counter.charges": 1 }),
  ];
  await keep(log, line("asking the bank", 1.5, job.span(1)), ...events.toReversed());
  const { body } = await ask(log, `/jobs/${job.uid}`);
  expect(body).toMatchObject({
    uid: job.uid,
    id: "a/b",
    state: "completed",
    result: "success",
    scope: { type: "shop", id: "7" },
    counts: { runs: 2, retries: 1, lost: 0 },
    runs: [
      {
        uid: job.runUid(1),
        number: 1,
        attempt: 1,
        life: 1,
        start: "2026-03-02T03:00:01.000Z",
        end: "2026-03-02T03:00:02.000Z",
        result: "failure",
        final: false,
        wait: 1,
        duration: 1,
        worker: "w1",
        error: refusedCard,
        trace: job.span(1).traceId,
        span: job.span(1).spanId,
      },
      { number: 2, result: "success", final: true, attributes: { "job.counter.charges": 1 } },
    ],
  });
  const answered = await ask(log, `/jobs/${job.uid}/events`);
  expect(answered.body.events.map(({ name, time }: { name: string; time: string }) => `${time} ${name}`)).toEqual([
    "2026-03-02T03:00:00.000Z job.queued",
    "2026-03-02T03:00:01.000Z job.run.started",
    "2026-03-02T03:00:02.000Z job.run.ended",
    "2026-03-02T03:00:10.000Z job.run.started",
    "2026-03-02T03:00:11.000Z job.run.ended",
  ]);
  expect(answered.body.events[0]).toMatchObject({ severity: 9, resource: { "service.name": "shop-worker" } });
  const lines = await ask(log, `/jobs/${job.uid}/logs`);
  expect(lines.body.logs).toMatchObject([{ text: "asking the bank", trace: job.span(1).traceId }]);
});

test.each(["", "/events", "/logs"])("an unknown uid is answered with 404 as JSON: /jobs/:uid%s", async (below) => {
  await using log = await startJobLog({ port: 0 });
  expect(await ask(log, `/jobs/nobody${below}`)).toEqual({
    status: 404,
    body: {
      error: {
        code: "JOBTRAIL_JOB_UNKNOWN",
        found: "nobody",
        message: 'No job has the uid "nobody". Uids stand in the answer of /api/v1/jobs.',
      },
    },
  });
});

test("the summary counts jobs by result, and runs, retries and losses of all jobs", async () => {
  await using log = await startJobLog({ port: 0 });
  const [good, bad, lost] = [new JobStory(email, "1"), new JobStory(order, "2"), new JobStory(order, "3")];
  await keep(log, good.queued(0), good.started(1, 1), good.succeeded(1, 2));
  await keep(log, bad.queued(0), bad.started(1, 1), bad.failed(1, 2, false, refusedCard));
  await keep(log, bad.started(2, 3), bad.failed(2, 4, true, refusedCard));
  await keep(log, lost.queued(0), lost.started(1, 1), lost.started(2, 60), lost.succeeded(2, 61));
  expect((await ask(log, "/summary")).body).toEqual({
    jobs: 3,
    runs: 5,
    success: 2,
    failure: 1,
    retries: 2,
    lost: 1,
    records: 13,
    spans: 0,
    metrics: 0,
    refused: 0,
    other: 0,
  });
});

test("the stream reports each job that changes, and goes on where a reader left off", async () => {
  await using log = await startJobLog({ port: 0 });
  const [a, b] = [new JobStory(email, "1"), new JobStory(email, "2")];
  await keep(log, a.queued(0));
  await using first = await listen(log);
  await keep(log, a.started(1, 1), b.queued(1));
  const [one, two] = [await first.next(), await first.next()];
  expect([one, two].map((message) => JSON.parse(message?.data ?? ""))).toEqual(
    expect.arrayContaining([
      { uid: a.uid, id: "1", state: "active" },
      { uid: b.uid, id: "2", state: "waiting" },
    ]),
  );
  await first[Symbol.asyncDispose]();
  await keep(log, b.started(1, 2));
  await keep(log, a.succeeded(1, 3));
  await using second = await listen(log, { "last-event-id": two?.id ?? "" });
  expect(JSON.parse((await second.next())?.data ?? "")).toEqual({ uid: b.uid, id: "2", state: "active" });
  expect(JSON.parse((await second.next())?.data ?? "")).toEqual({ uid: a.uid, id: "1", state: "completed" });
  await using none = await listen(log, { "last-event-id": "999999" });
  expect(await none.next()).toMatchObject({ event: "gap", data: "{}" });
  await keep(log, b.succeeded(1, 4));
  expect(JSON.parse((await none.next())?.data ?? "")).toEqual({ uid: b.uid, id: "2", state: "completed" });
});

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Reads the messages of the stream, one by one. */
async function listen(log: JobLog, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const answer = await fetch(`${log.url}/api/v1/stream`, { headers, signal: stop.signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const messages = read(answer);
  // The comment at the beginning says that from now on nothing is missed.
  await messages.next();
  return {
    next: async (): Promise<Message | undefined> => (await messages.next()).value ?? undefined,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await messages.return(undefined).catch(() => undefined);
    },
  };
}

async function* read({ body }: Response): AsyncGenerator<Message | undefined, undefined> {
  let text = "";
  for await (const chunk of body ?? []) {
    text += new TextDecoder().decode(chunk);
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string =>
        block
          .split("\n")
          .find((each) => each.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? "";
      const event = field("event");
      yield event === "" ? undefined : { event, id: field("id"), data: field("data") };
    }
  }
  return undefined;
}
