import { load } from "@jobtrail/testing";
import { schedules } from "@jobtrail/testing/vitest";
import type { Made } from "@jobtrail/testing/vitest";
import { cron } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

interface Library {
  readonly CronJob: { from(options: object): Made };
}

const [variant] = cron.variants;
let library: Library | undefined;

const make = (options: object): Made => {
  if (library === undefined) throw new Error("nobody watches");
  return library.CronJob.from({ cronTime: "* * * * * *", start: true, ...options });
};

schedules({
  title: "cron 4",
  watch(recorder) {
    const watching = watcher(recorder);
    if (variant !== undefined) library = load(watching, variant, import.meta.url);
    return watching;
  },
  everySecond: (name, onTick) => make({ name, onTick }),
  exclusive: (name, onTick) => make({ name, onTick, waitForCompletion: true }),
  daily: (name, onTick) => make({ name, onTick, cronTime: "0 30 2 * * *", timeZone: "Europe/Berlin" }),
});
