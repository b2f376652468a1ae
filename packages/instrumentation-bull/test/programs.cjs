/**
 * The programs of the conformance suite, for Bull. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is the queue.
 */
const events = require("node:events");

const { NAME: name, REDIS_URL: url } = process.env;
// The check for stalled jobs, whose keys hold for this long.
const settings = { stalledInterval: 300, lockDuration: 1000 };

const say = (line) => console.log(JSON.stringify(line));

let tries = 0;
const work = {
  succeed: async ({ data }) => ({ sum: data.one + data.two }),
  async retry() {
    if (++tries === 1) throw new TypeError("not at the first try");
    return "at the second";
  },
  fail() {
    throw new RangeError("never works");
  },
  bulk: async ({ data }) => data.number,
  across: async ({ data }) => data.said,
};

const never = () => new Promise(() => undefined);

exports.programs = (library) => {
  const Bull = library.default ?? library;

  /** A queue that says what its host sees, and gives the jobs that are over, one after the other. */
  const open = (more) => {
    const queue = new Bull(name, url, { settings: { ...settings, ...more } });
    const host = new events.EventEmitter();
    const over = events.on(host, "over");
    queue.on("completed", (job, result) => {
      say({ completed: job.name, result, attempts: job.attemptsMade });
      host.emit("over", job);
    });
    queue.on("failed", (job, error) => {
      const final = job.finishedOn !== undefined;
      say({ failed: job.name, type: error.name, message: error.message, attempts: job.attemptsMade, final });
      if (final) host.emit("over", job);
    });
    queue.on("error", (error) => say({ error: error.message }));
    const next = async () => (await over.next()).value[0];
    return { queue, next };
  };

  return {
    async main() {
      const { queue, next } = open();
      // A handler for each name would be a job at once for each.
      void queue.process("*", (job) => work[job.name](job));
      const added = await queue.add("succeed", { one: 1, two: 2 });
      await next();
      say({ added: added.name, data: added.data, attempts: added.attemptsMade });
      await queue.add("retry", {}, { attempts: 2, backoff: 20 });
      await next();
      await queue.add("fail", {});
      await next();
      const jobs = await queue.addBulk([1, 2, 3].map((number) => ({ name: "bulk", data: { number } })));
      for (const _ of jobs) await next();
      await queue.close();
    },

    async ask() {
      const { queue } = open();
      await queue.add("across", { said: "hello" });
      await queue.close();
    },

    async work() {
      const { queue, next } = open();
      void queue.process("across", work.across);
      await next();
      await queue.close();
    },

    /** Progress, a heartbeat, a job asked for twice, started again by hand, removed; a job failed without a run. */
    async rest() {
      const { queue, next } = open();
      const removed = await queue.add("removed", {}, { jobId: "removed", delay: 60_000 });
      await queue.add("removed", {}, { jobId: "removed", delay: 60_000 });
      await removed.remove();
      let runs = 0;
      void queue.process("again", async (job) => {
        await job.progress(50);
        // Longer than the interval between two heartbeats.
        if (++runs === 1) await new Promise((resolve) => setTimeout(resolve, 300));
        if (runs === 1) throw new Error("once more, by hand");
      });
      await queue.add("again", {});
      const job = await next();
      await job.retry();
      await next();
      await queue.add("unknown", {});
      await next();
      await queue.close();
    },

    async hang() {
      const { queue } = open();
      void queue.process("hang", never);
      await queue.add("hang", {});
    },

    async recover() {
      const { queue, next } = open();
      void queue.process("hang", async () => "at last");
      await next();
      await queue.close();
    },

    async store() {
      const { queue } = open();
      await queue.add("plain", { one: 1 });
      await queue.add("delayed", {}, { delay: 3_600_000, jobId: "chosen" });
      await queue.add({ nameless: true }, { priority: 3, attempts: 2 });
      await queue.addBulk([1, 2].map((number) => ({ name: "bulk", data: { number }, opts: { attempts: 3 } })));
      await queue.add("scheduled", {}, { repeat: { every: 3_600_000 } });
      const keys = await queue.client.keys(`bull:${name}:*`);
      for (const key of keys.sort()) say(timeless({ key, value: await valueOf(queue.client, key) }));
      await queue.close();
    },
  };
};

async function valueOf(client, key) {
  const type = await client.type(key);
  const read = {
    hash: () => client.hgetall(key),
    string: () => client.get(key),
    list: () => client.lrange(key, 0, -1),
    set: () => client.smembers(key),
    zset: () => client.zrange(key, 0, -1, "WITHSCORES"),
  }[type];
  return { [type]: await read() };
}

/** Replaces the times of this run: milliseconds, those times 4096 (delayed jobs), the time until a schedule's next. */
const timeless = (value) =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\b1[789]\d{11}\b|\b[78]\d{15}\b|(?<="delay":"?|\\"delay\\":)\d{1,7}\b/g, "<time>")
      .replaceAll('\\"delay\\":<time>', '\\"delay\\":0'),
  );
