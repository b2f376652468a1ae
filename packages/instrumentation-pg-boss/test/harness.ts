import { postgres } from "@jobtrail/testing";
import type { Harness } from "@jobtrail/testing";
import { pgboss } from "../src/system.ts";

/** How pgboss is tested, and what it cannot do. */
export const harness: Harness = {
  system: pgboss,
  variant: "pg-boss 12",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "PgBossInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
};

/** Before 12.38 there is no column for what travels; test/versions has their programs. */
const older: Harness = { ...harness, cannot: { context: "it has no place where context could travel" } };

export const v10: Harness = { ...older, variant: "pg-boss 10 and 11" };
export const v12: Harness = { ...older, variant: "pg-boss 12 before 12.38" };
