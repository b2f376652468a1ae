import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { openStore } from "../src/store.ts";
import { append, folder, having, idsOf, jobsOf } from "./stored.ts";
import { at, email, received, JobStory } from "./story.ts";

const days = 30;
const day = 86_400;

test("a job log of thirty days keeps few files open, and lists, finds and counts over all of them", async () => {
  using data = folder();
  const store = await openStore({ data: data.path, longestReading: 600_000 });
  const long = new JobStory(email, "long");
  for (let i = 0; i < days; i++)
    await append(
      store,
      [long.started(i + 1, i * day), new JobStory(email, `${i}`).queued(i * day + 1)].map(received),
      at(i * day + 2),
    );
  const check = async (): Promise<void> => {
    expect((await jobsOf(store, having({ queue: "email" }), 500)).length).toBe(days + 1);
    expect(await idsOf(store, having({ id: "3" }))).toEqual(["3"]);
    expect((await store.history(long.uid))?.job.runs).toHaveLength(days);
    expect((await store.statistics(having({}), ["day"])).length).toBe(days);
  };
  await check();
  await store.rebuild();
  await check();
  const open = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  expect(open).toBeLessThan(300);
  await store.close();
});
