import { load } from "@jobtrail/testing";
import { schedules } from "@jobtrail/testing/vitest";
import type { Made } from "@jobtrail/testing/vitest";
import { croner } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

interface Library {
  readonly Cron: new (pattern: string, options: object, work: () => unknown) => Made;
}

const [variant] = croner.variants;

for (const [title, name] of [
  ["croner 11", "croner"],
  ["croner 10", "croner-10"],
] as const) {
  let library: Library | undefined;
  const make = (options: object, work: () => unknown, pattern = "* * * * * *"): Made => {
    if (library === undefined) throw new Error("nobody watches");
    const cron = new library.Cron(pattern, options, work);
    return { stop: () => cron.stop() };
  };
  schedules({
    title,
    looks: true,
    watch(recorder) {
      const watching = watcher(recorder);
      if (variant !== undefined) library = load(watching, variant, import.meta.url, name);
      return watching;
    },
    everySecond: (id, work) => make({ name: id }, work),
    exclusive: (id, work) => make({ name: id, protect: true }, work),
    // Version 10 looks at the clock without a pause in an hour that comes twice.
    ...(title === "croner 11" && {
      daily: (id: string, work: () => unknown) => make({ name: id, timezone: "Europe/Berlin" }, work, "30 2 * * *"),
    }),
  });
}
