import { redis } from "@jobtrail/testing";
import { conformance } from "@jobtrail/testing/vitest";
import { bullmq } from "../src/index.ts";

conformance({
  system: bullmq,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BullMQInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: redis,
});
