import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { ofJobs } from "./queue.ts";
import type { JobClass } from "./queue.ts";
import { bull } from "./system.ts";
import { storing, working } from "./worker.ts";

const adapter: Adapter = (jobs) => ({
  "lib/scripts.js": storing,
  "lib/job.js": (exports) => ofJobs(exports as JobClass, jobs),
  "lib/queue.js": (exports) => working((exports as { readonly prototype: unknown }).prototype, jobs),
});

/** Watches Bull with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(bull, { "Bull 3": adapter, "Bull 4": adapter });
