import type { Harness } from "@jobtrail/testing";
import { croner } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How croner is tested, and what it cannot do. */
export const harness: Harness = {
  system: croner,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "CronerInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
  // They wait for full seconds.
  atOnce: 6,
  proves: true,
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};
