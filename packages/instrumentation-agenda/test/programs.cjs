/**
 * The programs of the conformance suite, for Agenda. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is the table, or the prefix of the keys.
 */
const { setTimeout: pause } = require("node:timers/promises");

const { NAME: name, DATABASE_URL, REDIS_URL } = process.env;

/** What the host sees, without ids and times: the suite compares it with and without us. */
const say = (line) => console.log(JSON.stringify(line));

const backend = () => {
  if (DATABASE_URL === undefined) {
    const { RedisBackend } = require("@agendajs/redis-backend");
    return new RedisBackend({ connectionString: REDIS_URL, keyPrefix: `${name}:`, channelName: `${name}:channel` });
  }
  const { PostgresBackend } = require("@agendajs/postgres-backend");
  const channel = name.replaceAll("-", "_").toLowerCase();
  return new PostgresBackend({ connectionString: DATABASE_URL, tableName: name, channelName: channel });
};

exports.programs = ({ Agenda, constant }) => {
  /** An Agenda that says what its host sees, and waits until so many of its jobs are over. */
  const open = async (define = () => undefined, isWorker = true) => {
    // A timer of half a lock's life outlives each run; a run that lasts longer is run again.
    const agenda = new Agenda({ backend: backend(), processEvery: 100, defaultLockLifetime: 5000, maxConcurrency: 1 });
    await agenda.ready;
    let left = 0;
    let over = () => undefined;
    const one = () => --left === 0 && over();
    const seen = (event) => (job) =>
      say({ event, name: job.attrs.name, failCount: job.attrs.failCount, data: job.attrs.data });
    for (const event of ["start", "success", "complete"]) agenda.on(event, seen(event));
    agenda.on("success", one);
    agenda.on("fail", (error, job) => {
      say({ event: "fail", name: job.attrs.name, message: error.message });
      if (agenda.definitions[job.attrs.name].backoff === undefined) one();
    });
    define(agenda);
    if (isWorker) await agenda.start();
    return {
      agenda,
      /** Asks for jobs, and waits until they are over. */
      async done(count, ask) {
        left = count;
        const { promise, resolve } = Promise.withResolvers();
        over = resolve;
        await ask();
        await promise;
      },
    };
  };

  /** Its end waits for those timers. */
  const close = async (agenda) => {
    await agenda.drain();
    await agenda.stop(true);
    await agenda.backend.disconnect();
  };

  let tries = 0;
  const define = (agenda) => {
    agenda.define("succeed", async () => ({ sum: 3 }));
    agenda.define(
      "retry",
      async () => {
        if (++tries === 1) throw new TypeError("not at the first try");
      },
      { backoff: constant({ delay: 20, maxRetries: 2 }) },
    );
    agenda.define("fail", () => {
      throw new RangeError("never works");
    });
    agenda.define("bulk", async () => undefined);
  };

  return {
    async main() {
      const { agenda, done } = await open(define);
      await done(1, () => agenda.now("succeed", { one: 1 }));
      await done(1, () => agenda.now("retry"));
      await done(1, () => agenda.now("fail"));
      await done(3, () => agenda.schedule(new Date(), ["bulk", "bulk", "bulk"], { of: "bulk" }));
      await close(agenda);
    },

    async ask() {
      const { agenda } = await open(undefined, false);
      await agenda.now("across", { to: "another process" });
      await agenda.backend.disconnect();
    },

    async work() {
      const { agenda, done } = await open((each) => each.define("across", async () => undefined), false);
      await done(1, () => agenda.start());
      await close(agenda);
    },

    /** Progress, a heartbeat, a job asked for twice, one whose lock expires, one started again by hand, one removed. */
    async rest() {
      let runs = 0;
      const { agenda, done } = await open((each) => {
        each.define("slow", async (job) => {
          await job.touch(50);
          // Longer than the interval between two heartbeats.
          if (++runs === 1) await pause(300);
        });
        each.define("expire", () => pause(400), { lockLifetime: 100 });
      });
      let job;
      await done(1, async () => void (job = await agenda.now("slow")));
      await pause(50);
      await done(1, () => job.fetchStatus().then(() => job.schedule(new Date()).save()));
      for (const n of [1, 2]) {
        const unique = agenda.create("unique", { key: "one", n }).unique({ "data.key": "one" }, { insertOnly: true });
        const saved = await unique.schedule(new Date(Date.now() + 3_600_000 * n)).save();
        if (n === 2) await saved.remove();
      }
      await done(1, () => agenda.now("expire"));
      await close(agenda);
    },

    async hang() {
      const { agenda } = await open((each) => each.define("hang", () => new Promise(() => undefined)));
      await agenda.now("hang");
    },

    async recover() {
      const { agenda, done } = await open(
        (each) => each.define("hang", async () => "at last", { lockLifetime: 2000 }),
        false,
      );
      await done(1, () => agenda.start());
      await close(agenda);
    },

    async store() {
      const { agenda } = await open(undefined, false);
      await agenda.now("plain", { n: 1 });
      await agenda.schedule(new Date(Date.now() + 3_600_000), "later", { n: 2 });
      await agenda.create("unique", { key: 1 }).unique({ "data.key": 1 }).priority("high").save();
      await agenda.every("1 hour", "often", { n: 3 }, { skipImmediate: true });
      const { jobs } = await agenda.queryJobs({});
      const rows = jobs.map((job) => JSON.stringify(job).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"));
      for (const row of rows.map((each) => each.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "<id>")).sort())
        say(row);
      if (REDIS_URL !== undefined) {
        const keys = await agenda.db.redis.keys(`${name}:*`);
        say(keys.map((key) => key.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, "<id>")).sort());
      }
      await agenda.backend.disconnect();
    },
  };
};
