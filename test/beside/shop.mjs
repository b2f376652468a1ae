// A web app that queues a job within a request, and a worker beside it. Its input says when the request ends.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Queue, Worker } from "bullmq";

// Required, so that an agent which hooks `require` alone traces the requests too.
const http = createRequire(import.meta.url)("node:http");

const { telemetry, flush } = globalThis.beside ?? {};
const options = {
  connection: { url: process.env.REDIS_URL, maxRetriesPerRequest: null },
  ...(telemetry && { telemetry }),
};
const name = process.env.QUEUE;
const queue = new Queue(name, options);
const worker = new Worker(name, () => get("/stock"), options);
const worked = new Promise((resolve) => worker.once("completed", resolve));
const goOn = new Promise((resolve) => createInterface({ input: process.stdin }).once("line", resolve));
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);

const answers = {
  async "/order"() {
    await queue.add("welcome", {});
    await worked;
    console.log("worked");
    await goOn;
  },
  "/stock": () => undefined,
};

const server = http.createServer(async (request, response) => {
  await answers[request.url]();
  response.end("done");
});
const get = (path) =>
  new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${server.address().port}${path}`;
    http.get(url, (response) => response.resume().on("end", resolve)).on("error", reject);
  });

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
await get("/order");
await new Promise((resolve) => server.close(resolve));
await worker.close();
await queue.close();
await flush?.();
process.exit(0);
