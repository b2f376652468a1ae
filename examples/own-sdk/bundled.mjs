// The entry of a bundle that holds everything: there no hook sees BullMQ load, so it is passed on.
import * as bullmq from "bullmq";
import manifest from "bullmq/package.json" with { type: "json" };
import { watch } from "@jobtrail/auto-instrumentations";
import "./telemetry.mjs";

watch("bullmq", bullmq, manifest.version);
await import("./app.mjs");
