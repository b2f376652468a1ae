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
];
