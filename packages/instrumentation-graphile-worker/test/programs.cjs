/**
 * The programs of the conformance suite, for Graphile Worker. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is the database: a migration in one of its schemas ends the workers of all others.
 */
const { EventEmitter, on } = require("node:events");
const { setTimeout: pause } = require("node:timers/promises");
const { Client } = require("pg");

const { NAME: name, DATABASE_URL: server } = process.env;
const connectionString = Object.assign(new URL(server), { pathname: `/${name}` }).href;
const schema = "jobs";

/** What the host sees, without ids and times: the suite compares it with and without us. */
const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ Logger, makeWorkerUtils, quickAddJob, run }) => {
  const logger = new Logger(() => () => undefined);
  const options = { connectionString, schema, logger };

  /** A worker that says what its host sees, and waits until so many of its jobs are over. */
  const working = async (tasks, more) => {
    const events = new EventEmitter();
    const seen = (event) =>
      events.on(event, ({ job, error }) =>
        say({ event, task: job.task_identifier, attempts: job.attempts, flags: job.flags, error: error?.message }),
      );
    for (const event of ["job:start", "job:success", "job:error", "job:failed"]) seen(event);
    const over = new EventEmitter();
    events.on("job:success", () => over.emit("over"));
    events.on("job:failed", () => over.emit("over"));
    const each = on(over, "over");
    const runner = await run({
      ...options,
      events,
      taskList: tasks,
      pollInterval: 100,
      noHandleSignals: true,
      ...more,
    });
    return {
      runner,
      async over(count = 1) {
        for (; count > 0; count--) await each.next();
      },
    };
  };

  const utilities = async (work) => {
    const utils = await makeWorkerUtils(options);
    await work(utils);
    await utils.release();
  };

  let tries = 0;
  const tasks = {
    succeed: (payload, helpers) => {
      say({ payload, helpers: Object.keys(helpers).sort(), key: helpers.job.key, flags: helpers.job.flags });
    },
    retry: async () => {
      if (++tries === 1) throw new TypeError("not at the first try");
    },
    fail: () => {
      throw new RangeError("never works");
    },
    bulk: async ({ n }) => say({ n }),
  };

  /** The database is there from the first of several processes on. */
  const made = (work) => async () => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(`create database "${name}"`).catch((error) => {
      if (error.code !== "42P04") throw error;
    });
    await client.end();
    await work();
  };

  const programs = {
    async main() {
      const { runner, over } = await working(tasks);
      const added = await runner.addJob("succeed", { one: 1 }, { flags: ["theirs"] });
      await over();
      say({ added: Object.keys(added).sort(), flags: added.flags, attempts: added.attempts });
      await runner.addJob("retry", {}, { maxAttempts: 2 });
      await over();
      await runner.addJob("fail", {}, { maxAttempts: 1 });
      await over();
      await utilities(async (utils) => {
        if (utils.addJobs === undefined) {
          for (const n of [1, 2, 3]) await utils.addJob("bulk", { n }, { queueName: "one" });
          await over(3);
        } else {
          const specs = [1, 2, 3].map((n) => ({ identifier: "bulk", payload: { n }, queueName: "one", priority: n }));
          const jobs = await utils.addJobs(specs);
          await over(3);
          say(jobs.map((job) => job.flags));
        }
      });
      await runner.stop();
    },

    async ask() {
      await quickAddJob(options, "across", { to: "another process" });
    },

    async work() {
      const { runner, over } = await working({ across: (payload) => say({ payload }) });
      await over();
      await runner.stop();
    },

    /** A heartbeat, a job asked for twice by its key; ended, failed and started again by hand. */
    async rest() {
      // Longer than the interval between two heartbeats.
      const { runner, over } = await working({ slow: () => pause(300) });
      await runner.addJob("slow");
      await over();
      await utilities(async (utils) => {
        const later = { runAt: new Date(Date.now() + 3_600_000), jobKey: "one" };
        const { id } = await utils.addJob("changed", { n: 1 }, later);
        await utils.addJob("changed", { n: 2 }, later);
        await utils.permanentlyFailJobs([id], "given up");
        await utils.rescheduleJobs([id], { attempts: 0, runAt: later.runAt });
        await utils.completeJobs([id]);
        // What is told of them is read beside the host's way.
        await pause(200);
      });
      await runner.stop();
    },

    async hang() {
      const { runner } = await working({ hang: () => new Promise(() => undefined) });
      await runner.addJob("hang");
    },

    async recover() {
      await utilities(async (utils) => {
        // As Graphile Worker does itself after four hours; from 0.16 on an app can say that a worker is gone.
        await utils.withPgClient(async (client) => {
          if (utils.forceUnlockWorkers === undefined)
            return client.query(`update ${schema}.jobs set locked_at = null, locked_by = null`);
          const { rows } = await client.query(`select locked_by from ${schema}.jobs`);
          await utils.forceUnlockWorkers(rows.map((row) => row.locked_by));
        });
        const { runner, over } = await working({ hang: () => "at last" });
        await over();
        await runner.stop();
      });
    },

    async store() {
      await utilities(async (utils) => {
        await utils.addJob("plain", { n: 1 });
        await utils.addJob("plain", [1, 2], { queueName: "one", maxAttempts: 3, priority: 2, flags: ["theirs"] });
        await utils.addJob("later", {}, { runAt: new Date(Date.now() + 3_600_000), jobKey: "key" });
        await utils.addJob("later", { n: 2 }, { jobKey: "key", jobKeyMode: "preserve_run_at" });
        if (utils.addJobs !== undefined)
          await utils.addJobs([4, 5].map((n) => ({ identifier: "many", payload: { n } })));
        const { rows } = await utils.withPgClient((client) => client.query(`select * from ${schema}.jobs order by id`));
        for (const row of rows)
          say(
            Object.fromEntries(
              Object.entries(row).map(([key, value]) => [key, value instanceof Date ? "<time>" : value]),
            ),
          );
        const tables = await utils.withPgClient((client) =>
          client.query("select relname from pg_class where relnamespace = $1::regnamespace order by 1", [schema]),
        );
        say(tables.rows.map(({ relname }) => relname));
      });
    },
  };
  return Object.fromEntries(Object.entries(programs).map(([program, work]) => [program, made(work)]));
};
