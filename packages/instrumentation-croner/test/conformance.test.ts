import { conformance } from "@jobtrail/testing/vitest";
import { croner } from "../src/index.ts";

conformance({
  system: croner,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "CronerInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
});
