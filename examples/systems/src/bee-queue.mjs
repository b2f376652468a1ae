/** Bee-Queue: a job that is tried twice. Needs Redis. */
import Queue from "bee-queue";

const queue = new Queue("thumbnails", { redis: process.env.REDIS_URL });
let tries = 0;
queue.process(async () => {
  if (++tries === 1) throw new Error("the picture is not there yet");
});
const over = new Promise((resolve) => {
  queue.on("succeeded", resolve);
});
await queue.createJob({ picture: "cat.png" }).retries(1).save();
await over;
await queue.close();
