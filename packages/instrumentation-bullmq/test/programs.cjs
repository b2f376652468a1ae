/**
 * The programs of the conformance suite, for BullMQ. The library is handed in, so that each fixture
 * loads it in its own way.
 */
const events = require("node:events");
const { Redis } = require("ioredis");

const name = process.env.NAME;
const { hostname: host, port } = new URL(process.env.REDIS_URL);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
// A check for stalled jobs keeps all workers of the queue from another one for this long.
const stalledInterval = 300;

const say = (line) => console.log(JSON.stringify(line));

let tries = 0;
const work = {
  succeed: ({ data }) => ({ sum: data.one + data.two }),
  retry() {
    if (++tries === 1) throw new TypeError("not at the first try");
    return "at the second";
  },
  fail() {
    throw new RangeError("never works");
  },
  bulk: ({ data }) => data.number,
  across: ({ data }) => data.said,
};

const never = () => new Promise(() => undefined);

/** A worker that says what its host sees, and gives the jobs that are over, one after the other. */
function working(Worker, processor, options) {
  const host = new events.EventEmitter();
  const over = events.on(host, "over");
  const worker = new Worker(name, processor, { connection, stalledInterval, ...options });
  worker.on("completed", (job, result) => {
    say({ completed: job.name, result, attempts: job.attemptsMade });
    host.emit("over", job);
  });
  worker.on("failed", (job, error) => {
    const final = job.finishedOn !== undefined;
    say({ failed: job.name, type: error.name, message: error.message, attempts: job.attemptsMade, final });
    if (final) host.emit("over", job);
  });
  worker.on("error", (error) => say({ error: error.message }));
  const next = async () => (await over.next()).value[0];
  return { worker, next };
}

exports.programs = ({ FlowProducer, Queue, Worker }) => ({
  async main() {
    const queue = new Queue(name, { connection });
    const { worker, next } = working(Worker, (job) => work[job.name](job));
    await worker.waitUntilReady();
    await queue.add("succeed", { one: 1, two: 2 });
    await next();
    await queue.add("retry", {}, { attempts: 2, backoff: 20 });
    await next();
    await queue.add("fail", {});
    await next();
    const jobs = await queue.addBulk([1, 2, 3].map((number) => ({ name: "bulk", data: { number } })));
    for (const _ of jobs) await next();
    await worker.close();
    await queue.close();
  },

  async ask() {
    const queue = new Queue(name, { connection });
    await queue.add("across", { said: "hello" });
    await queue.close();
  },

  async work() {
    const { worker, next } = working(Worker, (job) => work[job.name](job));
    await next();
    await worker.close();
  },

  /** Progress, a heartbeat, a job asked for twice, started again by hand, removed; a job failed without a run. */
  async rest() {
    const queue = new Queue(name, { connection });
    await queue.add("removed", {}, { jobId: "removed", delay: 60_000 });
    await queue.add("removed", {}, { jobId: "removed", delay: 60_000 });
    await queue.remove("removed");
    let slow = 0;
    const { worker, next } = working(Worker, async (job) => {
      await job.updateProgress(50);
      // Longer than the interval between two heartbeats.
      if (slow++ === 0) await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await queue.add("again", {});
    const job = await next();
    await job.retry("completed");
    await next();
    await worker.close();
    await stall(queue, Worker);
    await queue.close();
  },

  async hang() {
    const queue = new Queue(name, { connection });
    await queue.add("hang", {});
    working(Worker, never, { lockDuration: 1000 });
  },

  async recover() {
    const { worker, next } = working(Worker, () => "at last");
    await next();
    await worker.close();
  },

  async store() {
    const queue = new Queue(name, { connection });
    await queue.add("plain", { one: 1 });
    await queue.add("delayed", {}, { delay: 3_600_000, jobId: "chosen" });
    await queue.add("deduplicated", {}, { deduplication: { id: "key" }, priority: 3 });
    await queue.addBulk([1, 2].map((number) => ({ name: "bulk", data: { number }, opts: { attempts: 3 } })));
    // Since 5.16; before, a job is told to repeat itself.
    if ("upsertJobScheduler" in queue)
      await queue.upsertJobScheduler("every", { every: 3_600_000 }, { name: "scheduled", data: {} });
    else await queue.add("scheduled", {}, { repeat: { every: 3_600_000 } });
    const flows = new FlowProducer({ connection });
    const child = { name: "child", queueName: name, opts: { jobId: "child" } };
    await flows.add({ name: "parent", queueName: name, opts: { jobId: "parent" }, children: [child] });
    await flows.close();
    const client = new Redis(connection);
    const keys = await client.keys(`bull:${name}:*`);
    for (const key of keys.sort()) say(timeless({ key, value: await valueOf(client, key) }));
    client.disconnect();
    await queue.close();
  },
});

/** A job that stalls more often than it may: the worker that takes it next fails it and does not run it. */
async function stall(queue, Worker) {
  await queue.add("stall", {});
  const dead = new Worker(name, null, { connection, lockDuration: 300 });
  const taken = await dead.getNextJob("token");
  say({ taken: taken.name });
  await dead.close(true);
  const { worker, next } = working(Worker, never, { maxStalledCount: 0 });
  await next();
  await worker.close();
}

async function valueOf(client, key) {
  const type = await client.type(key);
  const read = {
    hash: () => client.hgetall(key),
    string: () => client.get(key),
    list: () => client.lrange(key, 0, -1),
    set: () => client.smembers(key),
    zset: () => client.zrange(key, 0, -1, "WITHSCORES"),
    stream: () => client.xrange(key, "-", "+"),
  }[type];
  return { [type]: await read() };
}

/** Replaces the times of this run: milliseconds, those times 4096 (delayed jobs), how far a schedule is from them. */
const timeless = (value) =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\b1[789]\d{11}(-\d+)?\b|\b[78]\d{15}\b/g, "<time>")
      .replaceAll(/(?<=(delay|offset)\\*":\\*"?)(?!3600000\b)\d{4,}/g, "0"),
  );
