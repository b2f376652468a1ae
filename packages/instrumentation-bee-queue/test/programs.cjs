/**
 * The programs of the conformance suite, for Bee-Queue. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is of this run alone: what is stored belongs below it.
 */
const { NAME: name, REDIS_URL: url } = process.env;
const { hostname: host, port } = new URL(url);
const redis = { host, port: Number(port) };

/** What the host sees, without ids and times: the suite compares it with and without us. */
const say = (line) => console.log(JSON.stringify(line));

exports.programs = (library) => {
  const Queue = library.default ?? library;

  /** A queue that says what its host sees, and how many of its jobs are over. */
  const open = (kind, settings) => {
    const queue = new Queue(`${name}-${kind}`, { redis, stallInterval: 500, activateDelayedJobs: true, ...settings });
    const seen = (event) =>
      queue.on(event, (job, result) =>
        say({
          event,
          kind,
          options: Object.keys(job.options)
            .filter((key) => key !== "jobtrail")
            .sort(),
          result: result?.message ?? result,
        }),
      );
    for (const event of ["succeeded", "retrying", "failed", "failed:fatal"]) seen(event);
    queue.on("error", (error) => say({ error: error.message }));
    const over = (count) =>
      new Promise((resolve) => {
        const one = () => --count === 0 && resolve();
        queue.on("succeeded", one);
        // Before 1.6 the last failure had no event of its own.
        queue.on("failed", (job) => job.status === "failed" && one());
      });
    return { queue, over };
  };

  /** Asks for one job, and works it to its end. */
  const once = async (kind, prepare, handler) => {
    const { queue, over } = open(kind);
    const done = over(1);
    queue.process(handler);
    const job = await prepare(queue.createJob({ of: kind })).save();
    say({ saved: kind, data: job.data, options: Object.keys(job.options).sort() });
    await done;
    await queue.close();
  };

  return {
    async main() {
      await once(
        "succeed",
        (job) => job,
        async ({ data }) => ({ of: data.of }),
      );
      let tries = 0;
      await once(
        "retry",
        (job) => job.retries(1),
        async () => {
          if (++tries === 1) throw new TypeError("not at the first try");
        },
      );
      await once(
        "fail",
        (job) => job,
        () => {
          throw new RangeError("never works");
        },
      );
      const { queue, over } = open("bulk");
      const done = over(3);
      const jobs = [1, 2, 3].map((n) => queue.createJob({ n }));
      say({ errors: (await queue.saveAll(jobs)).size });
      queue.process(async ({ data }) => data.n);
      await done;
      await queue.close();
    },

    async ask() {
      const { queue } = open("across", { isWorker: false });
      await queue.createJob({ to: "another process" }).save();
      await queue.close();
    },

    async work() {
      const { queue, over } = open("across");
      const done = over(1);
      queue.process((job, reply) => reply(null, job.data));
      await done;
      await queue.close();
    },

    /** Progress, a heartbeat, an id that is taken, a job started again by hand, one removed. */
    async rest() {
      const { queue, over } = open("rest");
      const removed = await queue
        .createJob({})
        .setId("chosen")
        .delayUntil(Date.now() + 60_000)
        .save();
      say({ again: (await queue.createJob({}).setId("chosen").save()).id });
      await removed.remove();
      let runs = 0;
      const done = over(1);
      queue.process(async (job) => {
        job.reportProgress(50);
        // Longer than the interval between two heartbeats.
        await new Promise((resolve) => setTimeout(resolve, 300));
        if (++runs === 1) throw new Error("once more, by hand");
      });
      const job = await queue.createJob({}).save();
      await done;
      const again = over(1);
      await job.retry();
      await again;
      await queue.close();
    },

    async hang() {
      const { queue } = open("hang");
      queue.process(() => new Promise(() => undefined));
      await queue.createJob({}).save();
    },

    async recover() {
      const { queue, over } = open("hang");
      const done = over(1);
      queue.process(async () => "at last");
      queue.checkStalledJobs(200);
      await done;
      await queue.close();
    },

    async store() {
      const { queue } = open("store", { isWorker: false });
      await queue.createJob({ n: 1 }).save();
      await queue.createJob({ n: 2 }).setId("chosen").retries(2).backoff("fixed", 100).timeout(1000).save();
      await queue
        .createJob({ n: 3 })
        .delayUntil(Date.now() + 3_600_000)
        .save();
      await queue.saveAll([4, 5].map((n) => queue.createJob({ n })));
      const jobs = await new Promise((resolve) =>
        queue.client.hgetall(queue.toKey("jobs"), (_, found) => resolve(found)),
      );
      for (const [id, text] of Object.entries(jobs)) say({ id, job: text.replaceAll(/\b1[789]\d{11}\b/g, "<time>") });
      await queue.close();
    },
  };
};
