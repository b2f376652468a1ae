/** Bree: a job in a worker thread, which gets the run's context as TRACEPARENT in its environment. */
import { fileURLToPath } from "node:url";
import Bree from "bree";

const path = fileURLToPath(new URL("jobs/archive.mjs", import.meta.url));
const bree = new Bree({ root: false, logger: false, jobs: [{ name: "archive", path, timeout: 100 }] });
const over = new Promise((resolve) => {
  bree.on("worker deleted", resolve);
});
await bree.start();
await over;
