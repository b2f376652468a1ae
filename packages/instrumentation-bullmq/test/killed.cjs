/** A worker that nobody watches: it takes a job, says so, and never comes to an end. */
const { Worker } = require("bullmq");

const [url, name] = process.argv.slice(2);
const connection = { url, maxRetriesPerRequest: null };
const work = (job) => {
  console.log(job.id);
  return new Promise(() => undefined);
};
const worker = new Worker(name, work, { connection, lockDuration: 1000, skipStalledCheck: true });
worker.on("error", console.error);
