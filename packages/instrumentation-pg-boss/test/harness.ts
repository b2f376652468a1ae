import { postgres } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { pgboss } from "../src/system.ts";

/** How pgboss is tested, and what it cannot do. */
export const harness: Harness = {
  system: pgboss,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "PgBossInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
};
