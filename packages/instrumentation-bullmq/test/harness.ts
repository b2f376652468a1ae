import { redis } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { bullmq } from "../src/system.ts";

/** How each version is tested. */
export const v6: Harness = {
  system: bullmq,
  variant: "BullMQ 6",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BullMQInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: redis,
};

/** The same programs, with BullMQ 5. */
export const v5: Harness = { ...v6, variant: "BullMQ 4 and 5", fixtures: new URL("./v5/", import.meta.url) };
