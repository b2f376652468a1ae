import type { Harness } from "@jobtrail/testing";
import { bree } from "../src/system.ts";

const inProcess = "its schedules are in the process and nothing is stored";

/** How Bree is tested, and what it cannot do. */
export const harness: Harness = {
  system: bree,
  variant: "Bree 9",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "BreeInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};
