import { postgres } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { agenda } from "../src/system.ts";

/** How it is tested, with its PostgreSQL back end. */
export const harness: Harness = {
  system: agenda,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "AgendaInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
  cannot: { context: "a stored job has no place for it but its data" },
  // Most of its time it waits for a lock to expire.
  atOnce: 4,
};
