import { postgres } from "@jobtrail/testing";
import { conformance } from "@jobtrail/testing/vitest";
import { pgboss } from "../src/index.ts";

conformance({
  system: pgboss,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "PgBossInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "ask", "work", "rest", "hang", "recover", "store"],
  service: postgres,
});
