import type { Harness } from "@jobtrail/testing";
import { nodeCron } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How each version is tested, and what it cannot do. */
export const v4: Harness = {
  system: nodeCron,
  variant: "node-cron 4",
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "NodeCronInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
  atOnce: 4,
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};

/** Version 3. */
export const v3: Harness = { ...v4, variant: "node-cron 3", fixtures: new URL("./v3/", import.meta.url) };
