import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore } from "../src/store.ts";
import { storeConformance } from "./conformance.ts";
import { edit, fileOf, folder, jobsOf, keep, seen, severalStories } from "./stored.ts";
import { email, JobStory } from "./story.ts";

storeConformance("in memory", 60, async (options) => {
  const store = await openStore(options);
  return { store, [Symbol.asyncDispose]: () => store.close() };
});

storeConformance("on disk", 5, async (options) => {
  const data = folder();
  const store = await openStore({ data: data.path, ...options });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      data[Symbol.dispose]();
    },
  };
});

test("lists are read from an index that has them in order", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, ...severalStories());
  await store.close();
  const db = new DatabaseSync(fileOf(data.path, "jobs"));
  const planOf = (where: string): unknown =>
    db
      .prepare(
        `EXPLAIN QUERY PLAN SELECT row FROM jobs WHERE ${where} ORDER BY first DESC, sequence DESC, uid DESC LIMIT 9`,
      )
      .all()
      .map(({ detail }) => detail);
  expect({
    all: planOf("(first, sequence, uid) < (1, 2, 'a')"),
    lost: planOf("lost >= 1"),
    failed: planOf("failed = 1"),
    definition: planOf("definition = 1"),
    state: planOf("state = 'failed' AND state NOT IN ('completed', 'removed')"),
    result: planOf("result = 'failure' AND result <> 'success'"),
    actor: planOf("actor = 'ann'"),
    id: planOf("native_id = '7'"),
  }).toMatchInlineSnapshot(`
    {
      "actor": [
        "SEARCH jobs USING INDEX jobs_by_actor (actor=?)",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "all": [
        "SEARCH jobs USING INDEX jobs_by_time ((first,sequence)<(?,?))",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "definition": [
        "SEARCH jobs USING INDEX jobs_by_definition (definition=?)",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "failed": [
        "SCAN jobs USING INDEX jobs_failed",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "id": [
        "SEARCH jobs USING INDEX jobs_by_id (native_id=?)",
        "USE TEMP B-TREE FOR ORDER BY",
      ],
      "lost": [
        "SCAN jobs USING INDEX jobs_lost",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "result": [
        "SEARCH jobs USING INDEX jobs_by_result (result=?)",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
      "state": [
        "SEARCH jobs USING INDEX jobs_by_state (state=?)",
        "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
      ],
    }
  `);
  db.close();
});

test("another program cannot change or delete what was received", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, ...severalStories());
  const path = fileOf(data.path, "records");
  expect(() => edit(path, "DELETE FROM records WHERE kind = 1")).toThrow("records are append-only");
  expect(() => edit(path, "UPDATE records SET time = 0")).toThrow("records are append-only");
  await store.close();
});

test("a record whose bytes are damaged keeps no other from being read or kept", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  const [a, b] = [new JobStory(email, "1"), new JobStory(email, "2")];
  await keep(store, a.queued(0), b.queued(0));
  await keep(store, a.started(1, 1));
  await store.close();
  edit(fileOf(data.path, "records"), "DROP TRIGGER blocks_stay; UPDATE blocks SET records = x'ffffff' WHERE id = 2");
  const again = await openStore({ data: data.path });
  expect((await keep(again, a.succeeded(1, 2), b.started(1, 1))).stored).toBe(2);
  expect((await jobsOf(again)).map(({ id, state }) => `${id} ${state}`).toSorted()).toEqual([
    "1 completed",
    "2 active",
  ]);
  expect((await again.history(a.uid))?.events.map(({ record }) => record.eventName)).toEqual([
    "job.queued",
    "job.run.ended",
  ]);
  await again.close();
});

test("a damaged row of a list is made anew from the records", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, ...severalStories());
  const before = await seen(store);
  edit(fileOf(data.path, "jobs"), "UPDATE jobs SET row = '{' WHERE state = 'failed'");
  expect(await jobsOf(store)).toEqual((before as { jobs: unknown }).jobs);
  expect(await seen(store)).toEqual(before);
  await store.close();
});

test("a file that is deleted while it is in use is noticed: nothing more is acknowledged", async () => {
  const data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, new JobStory(email, "1").queued(0));
  data[Symbol.dispose]();
  await expect(keep(store, new JobStory(email, "2").queued(0))).rejects.toThrow(
    /^JOBTRAIL_STORE_UNWRITABLE: .*\.records\.db was deleted or replaced while it was in use; start the job log again\.$/,
  );
  await store.close();
});
