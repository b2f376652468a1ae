import type { Recorder } from "@jobtrail/core/recorder";
import { all, watcherOfTargets } from "@jobtrail/instrumentation/adapter";
import type { Target, Watcher } from "@jobtrail/instrumentation/adapter";
import { watchRestarts, watchSettling } from "./change.ts";
import { watchInserting, watchSending } from "./enqueue.ts";
import { watchFetching } from "./fetch.ts";
import { watchCalls } from "./home.ts";
import { innerFiles } from "./inner.ts";
import { watchDelivery, watchWorkers } from "./run.ts";
import { pgboss } from "./system.ts";

/** All jobs of pg-boss pass two classes that it does not export, each the default export of a file of its own. */
const inner: Readonly<Record<string, Target["watch"]>> = {
  "dist/telemetry.js": (exports, to) => {
    const prototype = prototypeIn(exports);
    return all([
      watchSending(prototype, to),
      watchDelivery(prototype, to),
      watchFetching(prototype, to),
      watchSettling(prototype, to),
    ]);
  },
  "dist/manager.js": (exports, to) => {
    const prototype = prototypeIn(exports);
    return all([
      watchCalls(prototype),
      watchInserting(prototype, to),
      watchWorkers(prototype, to),
      watchRestarts(prototype, to),
    ]);
  },
};

const prototypeIn = (exports: unknown): unknown =>
  (exports as { default?: { prototype?: unknown } }).default?.prototype;

/** Watches pg-boss with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOfTargets(pgboss, [
  ...Object.entries(inner).map(([file, watch]) => ({ file, watch })),
  // A CommonJS app that has no loader hooks gets the entry alone; the files behind it are loaded by then.
  {
    file: ".",
    watch: (exports, to) =>
      all([...innerFiles(exports, Object.keys(inner))].flatMap(([file, found]) => inner[file]?.(found, to) ?? [])),
  },
]);
