/** One replica of a service: a schedule with one run, at the time that it reads; says when it is ready, and how the run began. */
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { startTelemetry } from "@jobtrail/testing";
import * as library from "croner";
import { watcher } from "../src/watch.ts";

const telemetry = startTelemetry();
const to = createRecorder({ name: "@jobtrail/instrumentation-croner", version: "0" }, {}, sdkSink(telemetry.providers));
watcher(to).loaded({ module: "croner", file: ".", version: "11.0.1", exports: library });

console.log("ready");
process.stdin.once("data", (at) => {
  const nightly = new library.Cron(String(at).trim(), { name: "nightly" });
  nightly.schedule(() => {
    const started = telemetry.events().find(({ name }) => name === "job.run.started");
    console.log(JSON.stringify(started));
    process.stdin.destroy();
  });
});
