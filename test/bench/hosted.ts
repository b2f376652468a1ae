import { startLogsAndMetrics, startTraces } from "./sdk.ts";
import type { Variant } from "./variant.ts";

/** An app that has an SDK of its own and writes nothing: Jobtrail's flag finds the SDK. */
export function open(): Variant {
  const ends = [startTraces(), startLogsAndMetrics()];
  return {
    async end() {
      await Promise.all(ends.map((end) => end()));
    },
  };
}
