import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watch, Watcher } from "@jobtrail/instrumentation/adapter";
import { restarts, settling } from "./change.ts";
import { fetching } from "./fetch.ts";
import { innerFiles } from "./inner.ts";
import { commonjs, esm } from "./older/adapter.ts";
import { delivering, handlers } from "./run.ts";
import { calls, inserting, sending } from "./send.ts";
import { pgboss } from "./system.ts";

/** All jobs of pg-boss pass two classes that it does not export, each the default export of a file of its own. */
const adapter: Adapter = (jobs) => {
  const inner: Readonly<Record<string, Watch>> = {
    "dist/telemetry.js"(exports) {
      const prototype = prototypeIn(exports);
      return [
        sending(prototype, jobs),
        delivering(prototype, jobs),
        fetching(prototype, jobs),
        settling(prototype, jobs),
      ];
    },
    "dist/manager.js"(exports) {
      const prototype = prototypeIn(exports);
      return [...calls(prototype), inserting(prototype, jobs), handlers(prototype, jobs), ...restarts(prototype, jobs)];
    },
  };
  return {
    ...inner,
    // A CommonJS app that has no loader hooks gets the entry alone; the files behind it are loaded by then.
    ".": (exports) =>
      [...innerFiles(exports, Object.keys(inner))].flatMap(([file, found]) => {
        const taps = inner[file]?.(found) ?? [];
        return "taps" in taps ? taps.taps : taps;
      }),
  };
};

const prototypeIn = (exports: unknown): unknown =>
  (exports as { default?: { prototype?: unknown } }).default?.prototype;

/** Watches pg-boss with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(pgboss, {
  "pg-boss 10 and 11": commonjs,
  "pg-boss 12 before 12.38": esm,
  "pg-boss 12": adapter,
});
