import type { Board } from "./board.ts";
import { audit } from "./boards/audit.ts";
import { bridges } from "./boards/bridges.ts";
import { collector } from "./boards/collector.ts";
import { job } from "./boards/job.ts";
import { overview } from "./boards/overview.ts";
import { pipeline } from "./boards/pipeline.ts";
import { queue } from "./boards/queue.ts";
import { run } from "./boards/run.ts";
import { schedules } from "./boards/schedules.ts";
import { slo } from "./boards/slo.ts";

/** All boards, in the order in which they are listed. */
export const boards: readonly Board[] = [
  overview,
  queue,
  job,
  run,
  audit,
  schedules,
  pipeline,
  collector,
  slo,
  bridges,
];
