import { redis } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { bullmq } from "../src/system.ts";

/** How bullmq is tested, and what it cannot do. */
export const harness: Harness = {
  system: bullmq,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BullMQInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: redis,
};
