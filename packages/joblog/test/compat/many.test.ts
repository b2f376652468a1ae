import { encodeLogs } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { startJobLog } from "../../src/index.ts";
import { post } from "../sender.ts";
import { email, JobStory, received } from "../story.ts";
import { apiKey, ask, bearer, operation, signed } from "./asking.ts";

/** Above what one answer may look at. */
const many = 10_001;

test("a question with too many answers is refused in its system's own form, and the newest are still there", async () => {
  await using log = await startJobLog({ port: 0 });
  const now = Math.floor(Date.now() / 1000);
  const stories = Array.from({ length: many }, (_, i) => new JobStory(email, `${i}`, {}, now - 600));
  for (let i = 0; i < many; i += 2000) {
    const events = stories.slice(i, i + 2000).map((job) => job.started(1, i / 2000));
    const { status } = await post(`${log.url}/v1/logs`, encodeLogs(events.map(received), "protobuf"));
    expect(status).toBe(200);
  }
  const search = { operation: "search_jobs_by_start_date", from_date: "2020-01-01", to_date: "2100-01-01" };
  const [harper, devo, qlik] = [
    await operation(log, search),
    await ask(log, "/compat/devo/search/jobs", { headers: signed() }),
    await ask(log, "/compat/qlik/api/v1/audits?sort=eventTime", { headers: bearer }),
  ];
  expect([harper.status, harper.body.error]).toEqual([
    400,
    "Too many jobs started between these dates: ask for a shorter time",
  ]);
  expect([devo.status, devo.body.status, devo.body.msg]).toEqual([
    400,
    1,
    "Too many jobs: ask for one by its id, or for those of a type",
  ]);
  expect([qlik.status, qlik.body.errors[0].title]).toEqual([400, "Too many results"]);
  const newest = await ask(log, "/compat/product-live/v1/audit_logs", { headers: apiKey });
  expect([newest.status, newest.body.data.length]).toEqual([200, 10]);
  const csv = await fetch(`${log.url}/audit.csv`);
  expect(csv.status).toBe(400);
});
