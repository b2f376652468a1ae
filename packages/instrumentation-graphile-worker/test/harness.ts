import { postgres } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { graphileWorker } from "../src/system.ts";

/** How it is tested. */
export const harness: Harness = {
  system: graphileWorker,
  variant: "Graphile Worker 0.18",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "GraphileWorkerInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
  // Most of its time it waits for the next attempt, which Graphile Worker lets no app bring forward.
  atOnce: 4,
};
