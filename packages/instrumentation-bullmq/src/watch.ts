import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Watcher } from "@jobtrail/instrumentation/adapter";
import { bullmq } from "./system.ts";
import { v5 } from "./v5.ts";
import { v6 } from "./v6.ts";

/** Watches BullMQ with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(bullmq, {
  "BullMQ 4 and 5": v5,
  "BullMQ 6": v6,
});
