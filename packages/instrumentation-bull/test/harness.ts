import { redis } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { bull } from "../src/system.ts";

/** How it is tested. */
export const v4: Harness = {
  system: bull,
  variant: "Bull 4",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BullInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: redis,
};

/** The same programs, with Bull 3: `pnpm proof:versions`. */
export const v3: Harness = { ...v4, variant: "Bull 3" };
