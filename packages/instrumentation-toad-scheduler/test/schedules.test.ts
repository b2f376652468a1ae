import { createRequire } from "node:module";
import { load } from "@jobtrail/testing";
import { schedules } from "@jobtrail/testing/vitest";
import type { Made } from "@jobtrail/testing/vitest";
import { croner } from "../../instrumentation-croner/src/system.ts";
import { watcher as cronerWatcher } from "../../instrumentation-croner/src/watch.ts";
import { toadScheduler } from "../src/system.ts";
import { watcher } from "../src/watch.ts";
import type { Library } from "./library.ts";

const [variant] = toadScheduler.variants;
const [inner] = croner.variants;
let library: Library | undefined;

function make(id: string, schedule: object, work: () => unknown, options: object = {}): Made {
  if (library === undefined) throw new Error("nobody watches");
  const { AsyncTask, CronJob } = library;
  const task = new AsyncTask(id, async () => work());
  const job = new CronJob(schedule, task, { id, ...options });
  job.start();
  return job;
}

// Its cron jobs are croner's, which is watched too and hands over what it knows of their times.
schedules({
  title: "toad-scheduler 4",
  watch(recorder) {
    const watchers = [watcher(recorder), cronerWatcher(recorder)] as const;
    if (variant !== undefined) library = load(watchers[0], variant, import.meta.url);
    const from = createRequire(import.meta.url).resolve("toad-scheduler");
    if (inner !== undefined) load(watchers[1], inner, from);
    return { undo: () => watchers.forEach((each) => each.undo()) };
  },
  everySecond: (id, work) => make(id, { cronExpression: "* * * * * *" }, work),
  exclusive: (id, work) => make(id, { cronExpression: "* * * * * *" }, work, { preventOverrun: true }),
});
