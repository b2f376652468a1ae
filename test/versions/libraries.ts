import { v10, v12 } from "../../packages/instrumentation-pg-boss/test/harness.ts";
import { pgboss } from "../../packages/instrumentation-pg-boss/src/system.ts";
import { v1 as beeQueue } from "../../packages/instrumentation-bee-queue/test/harness.ts";
import { beeQueue as beeQueueSystem } from "../../packages/instrumentation-bee-queue/src/system.ts";
import { v3 as bull3, v4 as bull4 } from "../../packages/instrumentation-bull/test/harness.ts";
import { bull as bullSystem } from "../../packages/instrumentation-bull/src/system.ts";
import { v5 } from "../../packages/instrumentation-bullmq/test/harness.ts";
import { bullmq } from "../../packages/instrumentation-bullmq/src/system.ts";
import { harness as croner } from "../../packages/instrumentation-croner/test/harness.ts";
import { croner as cronerSystem } from "../../packages/instrumentation-croner/src/system.ts";
import { v13, v15, v17, v18 } from "../../packages/instrumentation-graphile-worker/test/harness.ts";
import { graphileWorker as graphileWorkerSystem } from "../../packages/instrumentation-graphile-worker/src/system.ts";
import { cron as cronSystem } from "../../packages/instrumentation-cron/src/system.ts";
import { harness as cron } from "../../packages/instrumentation-cron/test/harness.ts";
import { nodeCron } from "../../packages/instrumentation-node-cron/src/system.ts";
import { v3 as nodeCron3, v4 as nodeCron4 } from "../../packages/instrumentation-node-cron/test/harness.ts";
import { toadScheduler } from "../../packages/instrumentation-toad-scheduler/src/system.ts";
import { harness as toad } from "../../packages/instrumentation-toad-scheduler/test/harness.ts";
import type { Library } from "./library.ts";

/** The libraries of which more versions are tried than the workspace installs. */
export const libraries: readonly Library[] = [
  {
    name: "bee-queue",
    system: beeQueueSystem,
    harnessOf: () => beeQueue,
    programs: () => "packages/instrumentation-bee-queue/test/programs.cjs",
    short: ["1.3.1"],
  },
  {
    name: "bull",
    system: bullSystem,
    harnessOf: (version) => (version.startsWith("3.") ? bull3 : bull4),
    programs: () => "packages/instrumentation-bull/test/programs.cjs",
    short: ["3.29.3"],
  },
  {
    name: "croner",
    system: cronerSystem,
    harnessOf: () => croner,
    programs: () => "packages/instrumentation-croner/test/programs.cjs",
    short: ["6.0.7"],
  },
  {
    name: "bullmq",
    system: bullmq,
    harnessOf: () => v5,
    programs: () => "packages/instrumentation-bullmq/test/programs.cjs",
    short: ["4.18.3"],
  },
  {
    name: "pg-boss",
    system: pgboss,
    harnessOf: (version) => (version.startsWith("12.") ? v12 : v10),
    programs: () => "test/versions/pg-boss/programs.cjs",
    short: ["10.0.6", "12.35.0"],
  },
  {
    name: "graphile-worker",
    system: graphileWorkerSystem,
    harnessOf: (version) =>
      [v13, v15, v15, v17, v18][["0.13", "0.15", "0.16", "0.17"].indexOf(version.slice(0, 4))] ?? v18,
    programs: () => "packages/instrumentation-graphile-worker/test/programs.cjs",
    short: ["0.13.0", "0.16.6"],
  },
  {
    name: "cron",
    system: cronSystem,
    harnessOf: () => cron,
    programs: () => "packages/instrumentation-cron/test/programs.cjs",
    short: ["2.4.4", "3.5.0"],
  },
  {
    name: "node-cron",
    system: nodeCron,
    harnessOf: (version) => (version.startsWith("3.") ? nodeCron3 : nodeCron4),
    programs: (version) =>
      `packages/instrumentation-node-cron/test/${version.startsWith("3.") ? "v3/" : ""}programs.cjs`,
    // At times 4.2.1 runs a task of one execution twice, with us and without; both majors are in the workspace.
    short: [],
  },
  {
    name: "toad-scheduler",
    system: toadScheduler,
    harnessOf: () => toad,
    programs: () => "packages/instrumentation-toad-scheduler/test/programs.cjs",
    short: ["3.1.0"],
  },
];
