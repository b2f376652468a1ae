import { redis } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { beeQueue } from "../src/system.ts";

/** How it is tested. What it cannot do stands here, with the reason: `cannot: { retries: "it does not try again" }`. */
export const v2: Harness = {
  system: beeQueue,
  variant: "Bee-Queue 2",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BeeQueueInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  proves: true,
  service: redis,
};

/** The same programs, with Bee-Queue 1: `pnpm proof:versions`. */
export const v1: Harness = { ...v2, variant: "Bee-Queue 1" };
