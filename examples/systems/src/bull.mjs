/** Bull: a job with a progress. Needs Redis. */
import Bull from "bull";

const queue = new Bull("videos", process.env.REDIS_URL);
const over = new Promise((resolve) => {
  queue.on("completed", resolve);
});
void queue.process("encode", async (job) => {
  await job.progress(50);
  return { seconds: 12 };
});
await queue.add("encode", { file: "intro.mov" });
await over;
await queue.close();
