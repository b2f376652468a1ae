import { version } from "@jobtrail/conventions";
import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobSystem, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { watchCron } from "./watch.ts";

/** croner 10 and 11, as they are watched. */
export const croner: JobSystem = {
  name: "croner",
  sees: [
    "job.schedule.created",
    "job.schedule.paused",
    "job.schedule.resumed",
    "job.schedule.deleted",
    "job.schedule.missed",
    "job.run.started",
    "job.run.heartbeat",
    "job.run.ended",
  ],
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  targets: [
    {
      module: "croner",
      versions: [">=10.0.0 <12"],
      watch: (exports, to) => watchCron((exports as { Cron?: { prototype?: unknown } }).Cron?.prototype, to),
    },
  ],
};

/** The instrumentation, for `registerInstrumentations`. */
export const CronerInstrumentation: InstrumentationClass = instrumentationOf(croner, {
  name: "@jobtrail/instrumentation-croner",
  version,
});

/** An instance of `CronerInstrumentation`. */
export type CronerInstrumentation = JobtrailInstrumentation;
