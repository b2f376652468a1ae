import { harness as pgbossHarness } from "../../packages/instrumentation-pg-boss/test/harness.ts";
import { pgboss } from "../../packages/instrumentation-pg-boss/src/system.ts";
import { v5 } from "../../packages/instrumentation-bullmq/test/harness.ts";
import { bullmq } from "../../packages/instrumentation-bullmq/src/system.ts";
import { harness as croner } from "../../packages/instrumentation-croner/test/harness.ts";
import { croner as cronerSystem } from "../../packages/instrumentation-croner/src/system.ts";
import type { Library } from "./library.ts";

/** The libraries of which more versions are tried than the workspace installs. */
export const libraries: readonly Library[] = [
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
    harnessOf: () => ({ ...pgbossHarness, cannot: { context: "it has no place where context could travel" } }),
    programs: () => "test/versions/pg-boss/programs.cjs",
    short: ["10.0.6"],
  },
];
