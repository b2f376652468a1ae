import { load } from "@jobtrail/testing";
import { schedules } from "@jobtrail/testing/vitest";
import type { Made } from "@jobtrail/testing/vitest";
import { nodeSchedule } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

interface Library {
  scheduleJob(
    name: string,
    spec: unknown,
    work: () => unknown,
  ): { cancel(): boolean; schedule(spec: unknown): boolean };
}

const [variant] = nodeSchedule.variants;
let library: Library | undefined;

function make(name: string, spec: unknown, work: () => unknown): Made {
  if (library === undefined) throw new Error("nobody watches");
  const job = library.scheduleJob(name, spec, work);
  return { stop: () => job.cancel(), start: () => job.schedule(spec) };
}

schedules({
  title: "node-schedule 2",
  startsPassed: true,
  watch(recorder) {
    const watching = watcher(recorder);
    if (variant !== undefined) library = load(watching, variant, import.meta.url);
    return watching;
  },
  everySecond: (name, work) => make(name, "* * * * * *", work),
  daily: (name, work) => make(name, { rule: "30 2 * * *", tz: "Europe/Berlin" }, work),
});
