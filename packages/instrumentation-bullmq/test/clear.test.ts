import { fold } from "@jobtrail/core/fold";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { pick, watching } from "./watching.ts";
import type { Watching } from "./watching.ts";

const removals = (watched: Watching): unknown[] =>
  watched
    .named("job.removed")
    .map((event) => pick(event, "job.id", "job.reason"))
    .toSorted(([one], [other]) => Number(one) - Number(other));

withService("BullMQ's calls on many jobs", redis, (service) => {
  test("each job that is drained, cleaned or obliterated is told as removed, by its id", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.addBulk([1, 2, 3].map((n) => ({ name: "work", data: {}, opts: n === 3 ? { delay: 60_000 } : {} })));
    await queue.drain();
    await watched.event("job.removed", 2);
    expect(removals(watched)).toEqual([
      ["1", "drained"],
      ["2", "drained"],
    ]);
    await queue.clean(0, 10, "delayed");
    await watched.event("job.removed", 3);
    await queue.add("work", {}, { priority: 5 });
    await queue.obliterate({ force: true });
    await watched.event("job.removed", 4);
    expect(removals(watched).slice(2)).toEqual([
      ["3", "cleaned: delayed"],
      ["4", "obliterated"],
    ]);
    expect(fold(watched.events()).map(({ state, attributes }) => [attributes["job.id"], state])).toEqual(
      ["1", "2", "3", "4"].map((id) => [id, "removed"]),
    );
  });

  test("each job that a queue starts again is told as restarted, and runs", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    let fails = true;
    await watched.worker(() => {
      if (fails) throw new Error("not yet");
    });
    await queue.addBulk([1, 2].map(() => ({ name: "work", data: {} })));
    await watched.event("job.run.ended", 2);
    fails = false;
    await queue.retryJobs();
    await watched.event("job.restarted", 2);
    await watched.event("job.run.ended", 4);
    expect(fold(watched.events()).map(({ state, runs }) => [state, runs.length])).toEqual([
      ["completed", 2],
      ["completed", 2],
    ]);
  });
});
