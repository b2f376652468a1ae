import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { asking } from "./queue.ts";
import type { Classes } from "./queue.ts";
import { agenda } from "./system.ts";
import { working } from "./worker.ts";

const adapter: Adapter = (jobs) => ({
  ".": (exports) => [...asking(exports as Classes, jobs), ...working(exports as Classes, jobs)],
});

/** Watches Agenda with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(agenda, { "Agenda 6": adapter });
