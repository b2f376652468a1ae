import { encodeLogs } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { createClient, JobLogError } from "../src/client.ts";
import { startJobLog } from "../src/index.ts";
import { post } from "./sender.ts";
import { severalStories } from "./stored.ts";
import { email, line, received, JobStory } from "./story.ts";

const job = new JobStory(email, "1");

async function filled() {
  const log = await startJobLog({ port: 0 });
  const all = [...severalStories().map(received), line("hello", 2, job.span(1))];
  await post(`${log.url}/v1/logs`, encodeLogs(all, "protobuf"));
  return { client: createClient(`${log.url}/`), log, [Symbol.asyncDispose]: () => log.close() };
}

test("the client asks everything that the API answers, in its types", async () => {
  await using opened = await filled();
  const { client } = opened;
  const failed = { where: [{ field: "state", op: "is", value: "failed" }] } as const;
  const page = await client.jobs(undefined, { limit: 2 });
  const next = await client.jobs(undefined, { limit: 2, before: page.next ?? "" });
  const exported = [];
  for await (const each of client.export(failed)) exported.push(each.id);
  expect({
    jobs: [page, next].map(({ jobs }) => jobs.map(({ id }) => id)),
    job: (await client.job(job.uid))?.state,
    runs: (await client.runs(job.uid))?.length,
    events: (await client.events(job.uid))?.map(({ name }) => name)[0],
    logs: (await client.logs(job.uid))?.map(({ text }) => text),
    none: [await client.job("nobody"), await client.events("nobody")],
    summary: (await client.summary()).jobs,
    problems: await client.problems(),
    statistics: await client.statistics(["queue"], failed),
    definitions: (await client.definitions()).map(({ name, jobs }) => [name, jobs]),
    errors: (await client.errors()).map(({ type, jobs }) => [type, jobs]),
    values: await client.values("queue"),
    exported,
  }).toEqual({
    jobs: [["3", "2"], ["1"]],
    job: "completed",
    runs: 1,
    events: "job.queued",
    logs: ["hello"],
    none: [undefined, undefined],
    summary: 3,
    problems: [],
    statistics: [{ by: { queue: "orders" }, jobs: 1, failed: 1, runs: 3, retries: 2, lost: 1, duration: 1 }],
    definitions: [
      ["charge-card", 2],
      ["send-receipt", 1],
    ],
    errors: [["CardRefused", 1]],
    values: ["email", "orders"],
    exported: ["2"],
  });
});

test("what is not answered is an error with its code", async () => {
  await using opened = await filled();
  const wrong = opened.client.jobs({ where: [{ field: "state", op: "is", value: "on fire" }] });
  await expect(wrong).rejects.toMatchObject({ status: 400, code: "JOBTRAIL_QUERY_INVALID" });
  await expect(opened.client.values("uid" as "queue")).rejects.toThrow(JobLogError);
});

test("the client follows changes, and goes on after one", async () => {
  await using opened = await filled();
  const stop = new AbortController();
  const messages = opened.client.follow(stop.signal, "1");
  const gap = await messages.next();
  expect(gap.value).toMatchObject({ type: "gap" });
  await post(`${opened.log.url}/v1/logs`, encodeLogs([received(new JobStory(email, "9").queued(0))], "protobuf"));
  expect((await messages.next()).value).toMatchObject({ type: "job", state: "waiting" });
  stop.abort();
  await expect(messages.next()).rejects.toThrow();
});

test("an export is a stream of lines, or of cells that no spreadsheet takes for a formula", async () => {
  await using opened = await filled();
  const odd = new JobStory({ ...email, name: '=cmd|"x"' }, "odd, id\n2");
  await post(`${opened.log.url}/v1/logs`, encodeLogs([received(odd.queued(50))], "protobuf"));
  const asked = (search: string): Promise<Response> => fetch(`${opened.log.url}/api/v1/export${search}`);
  const csv = await asked("?format=csv");
  expect(csv.headers.get("content-disposition")).toBe('attachment; filename="jobs.csv"');
  const [head, first] = (await csv.text()).split("\r\n");
  expect(head?.split(",").slice(0, 6)).toEqual(["uid", "id", "system", "namespace", "queue", "name"]);
  expect(first).toContain(`"odd, id\n2",bullmq,bull/0,email,"'=cmd|""x""",,waiting`);
  expect((await (await asked("?queue=orders")).text()).trim().split("\n")).toHaveLength(2);
  expect((await asked("?format=xml")).status).toBe(400);
  expect((await asked("?limit=4")).status).toBe(400);
});

test("only so many exports are read at once, and one that is given up makes room", async () => {
  await using opened = await filled();
  const asked = (signal?: AbortSignal): Promise<Response> =>
    fetch(`${opened.log.url}/api/v1/export`, { ...(signal && { signal }) });
  const answers = await Promise.all(Array.from({ length: 6 }, () => asked()));
  for (const answer of answers) await answer.text();
  expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
  expect((await asked()).status).toBe(200);
});

test("the document names each address of the API, and each address answers as it says", async () => {
  await using opened = await filled();
  const document = (await (await fetch(`${opened.log.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, { get: { responses: Record<string, { content: Record<string, unknown> }> } }>;
  };
  expect(document.openapi).toBe("3.1.0");
  for (const [path, { get }] of Object.entries(document.paths)) {
    const address = path.replace("{uid}", job.uid).replace("{field}", "queue");
    const answer = await fetch(`${opened.log.url}${address}`);
    const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
    expect([path, answer.status, Object.keys(get.responses["200"]?.content ?? {})]).toEqual([
      path,
      200,
      expect.arrayContaining([type]),
    ]);
    await answer.body?.cancel();
  }
});
