import { postgres } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { graphileWorker } from "../src/system.ts";

/** How it is tested. */
export const v18: Harness = {
  system: graphileWorker,
  variant: "Graphile Worker 0.18",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "GraphileWorkerInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
  // Most of its time it waits for the next attempt, which Graphile Worker lets no app bring forward.
  atOnce: 4,
};

/** The same programs, with the versions before: `pnpm proof:versions`. */
export const v17: Harness = { ...v18, variant: "Graphile Worker 0.17" };

/** The one before it. */
export const v15: Harness = { ...v18, variant: "Graphile Worker 0.15 and 0.16" };

/** And the oldest. */
export const v13: Harness = { ...v18, variant: "Graphile Worker 0.13" };
