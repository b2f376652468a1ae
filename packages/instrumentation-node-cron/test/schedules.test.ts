import { load } from "@jobtrail/testing";
import { schedules } from "@jobtrail/testing/vitest";
import type { Made } from "@jobtrail/testing/vitest";
import { nodeCron } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

const everySecond = "* * * * * *";
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/** What both versions have. */
interface Library {
  schedule(expression: string, work: () => unknown, options: object): Made;
}

for (const [at, name] of ["node-cron-3", "node-cron"].entries()) {
  const variant = nodeCron.variants[at];
  if (variant === undefined) throw new Error(`node-cron has no variant ${at}`);
  let library: Library | undefined;
  const make = (work: () => unknown, options: object, expression = everySecond): Made => {
    if (library === undefined) throw new Error("nobody watches");
    return library.schedule(expression, work, { logger: quiet, ...options });
  };
  schedules({
    title: variant.name,
    watch(recorder) {
      const watching = watcher(recorder);
      library = load(watching, variant, import.meta.url, name);
      return watching;
    },
    everySecond: (title, work) => make(work, { name: title }),
    daily: (title, work) => make(work, { name: title, timezone: "Europe/Berlin" }, "30 2 * * *"),
    ...(at === 0 && { polls: true }),
    ...(at === 1 && { exclusive: (title, work) => make(work, { name: title, noOverlap: true }) }),
  });
}
