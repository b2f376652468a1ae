import { version } from "@jobtrail/conventions";
import { all, instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobSystem, JobtrailInstrumentation, Target } from "@jobtrail/instrumentation";
import { watchRestarts, watchSettling } from "./change.ts";
import { watchInserting, watchSending } from "./enqueue.ts";
import { watchFetching } from "./fetch.ts";
import { watchCalls } from "./home.ts";
import { innerFiles } from "./inner.ts";
import { watchDelivery, watchWorkers } from "./run.ts";

const versions = [">=12.38.0 <13"];

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

/** pg-boss 12, as it is watched. */
export const pgboss: JobSystem = {
  name: "pgboss",
  sees: [
    "job.queued",
    "job.deduplicated",
    "job.run.started",
    "job.run.heartbeat",
    "job.run.ended",
    "job.retry_scheduled",
    "job.restarted",
    "job.ended",
    "job.removed",
  ],
  carrier: "the key jobtrail in the column trace_context: a JSON object of strings, beside what pg-boss stores there",
  targets: [
    ...Object.entries(inner).map(([file, watch]) => ({ module: "pg-boss", file, versions, watch })),
    // A CommonJS app that has no loader hooks gets the entry alone; the files behind it are loaded by then.
    {
      module: "pg-boss",
      versions,
      watch: (exports, to) =>
        all([...innerFiles(exports, Object.keys(inner))].flatMap(([file, found]) => inner[file]?.(found, to) ?? [])),
    },
  ],
};

/** The instrumentation, for `registerInstrumentations`. */
export const PgBossInstrumentation: InstrumentationClass = instrumentationOf(pgboss, {
  name: "@jobtrail/instrumentation-pg-boss",
  version,
});

/** An instance of `PgBossInstrumentation`. */
export type PgBossInstrumentation = JobtrailInstrumentation;
