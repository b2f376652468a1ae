import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Watcher } from "@jobtrail/instrumentation/adapter";
import { nodeCron } from "./system.ts";
import { v3 } from "./v3.ts";
import { v4 } from "./v4.ts";

/** Watches node-cron with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(nodeCron, { "node-cron 3": v3, "node-cron 4": v4 });
