import { test } from "vitest";
import { missing, otelcol } from "./otelcol.ts";

export { backendAt, folder, otelcol, startCollector } from "./otelcol.ts";
export type { Collector } from "./otelcol.ts";

/**
 * A test that needs a Collector: where there is none it is skipped, and on CI it fails, unless
 * `JOBTRAIL_NO_GO` says that none can be built.
 */
export const collectorTest = test.extend("found", { auto: true }, ({ skip }) => {
  if (otelcol() !== undefined) return;
  if (process.env["CI"] === "true" && !process.env["JOBTRAIL_NO_GO"]) throw new Error(missing);
  skip(missing);
});
