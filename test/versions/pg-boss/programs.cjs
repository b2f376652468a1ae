/**
 * The programs of the conformance suite, for pg-boss before 12.38. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is the schema.
 */

const { setTimeout: pause } = require("node:timers/promises");

const { DATABASE_URL: connectionString, NAME: schema } = process.env;
const soon = { pollingIntervalSeconds: 0.5 };

const say = (line) => console.log(JSON.stringify(line));

exports.programs = (library) => {
  // Version 12 has a name for it, in 10 and 11 it is the module itself.
  const PgBoss = library.PgBoss ?? library.default ?? library;

  /** Runs a program with a started pg-boss, and stops it in an orderly way. */
  const using =
    (work, options = { supervise: false }) =>
    async () => {
      const boss = new PgBoss({ connectionString, schema, max: 3, schedule: false, ...options });
      boss.on("error", (error) => say({ error: error.message }));
      await boss.start();
      await work(boss);
      await boss.stop();
    };

  const rows = async (boss, text, values) => (await boss.getDb().executeSql(text, values)).rows;

  /** A queue's jobs, once all are at their end. */
  const finished = async (boss, queue, count = 1) => {
    for (;;) {
      const jobs = await rows(boss, `SELECT * FROM ${schema}.job WHERE name = $1 ORDER BY priority DESC`, [queue]);
      if (jobs.length === count && jobs.every(({ state }) => ["completed", "failed"].includes(state))) return jobs;
      await pause(25);
    }
  };

  const result = ({ state, retry_count: retryCount, output }) => ({
    state,
    retryCount,
    output: output?.message ?? output,
  });

  /** Asks for one job, works it, and says what the host sees of it. */
  const once = async (boss, queue, options, handler) => {
    await boss.createQueue(queue, options);
    const asked = Promise.withResolvers();
    let tries = 0;
    await boss.work(queue, soon, async (jobs) => {
      // A poll may find the job before the call that asked for it has returned.
      await asked.promise;
      const [{ id: _, signal, ...job }] = jobs;
      say({ jobs: jobs.length, job, signal: signal?.aborted });
      return await handler(tries++);
    });
    say({ sent: typeof (await boss.send(queue, { of: queue }, options)) });
    asked.resolve();
    say((await finished(boss, queue)).map(result));
  };

  /** Version 10 takes the queue with each job. */
  const insert = async (boss, queue, jobs) => {
    const answer = await (boss.insert.length === 1 || isTen(boss)
      ? boss.insert(jobs.map((job) => ({ ...job, name: queue })))
      : boss.insert(queue, jobs));
    return Array.isArray(answer) ? answer.length : answer;
  };
  const isTen = (boss) => !("deleteAllJobs" in boss);

  return {
    main: using(async (boss) => {
      await once(boss, "succeed", {}, () => ({ sum: 3 }));
      await once(boss, "retry", { retryLimit: 1, retryDelay: 0 }, (tries) => {
        if (tries === 0) throw new TypeError("not at the first try");
      });
      await once(boss, "fail", { retryLimit: 0 }, () => {
        throw new RangeError("never works");
      });
      await boss.createQueue("bulk");
      const handed = [];
      // Jobs of one call are as old as each other; the priority gives them an order.
      say({
        inserted: await insert(
          boss,
          "bulk",
          [1, 2, 3].map((n) => ({ data: { n }, priority: 10 - n })),
        ),
      });
      await boss.work("bulk", soon, async ([{ data }]) => void handed.push(data.n));
      say((await finished(boss, "bulk", 3)).map(result));
      say({ handed });
    }),

    ask: using(async (boss) => {
      await boss.createQueue("across");
      await boss.send("across", { to: "another process" });
    }),

    work: using(async (boss) => {
      await boss.work("across", soon, async ([{ data }]) => say({ data }));
      await finished(boss, "across");
    }),

    rest: using(async (boss) => {
      await boss.createQueue("slow");
      await boss.createQueue("changed");
      // Longer than the interval of the heartbeats that the suite sets.
      await boss.work("slow", soon, () => pause(400));
      await boss.send("slow", {});
      await finished(boss, "slow");
      const id = await boss.send("changed", { n: 1 }, { singletonKey: "one" });
      await boss.cancel("changed", id);
      await boss.resume("changed", id);
      await boss.deleteJob("changed", id);
    }),

    hang: using(async (boss) => {
      const options = { retryLimit: 1, retryDelay: 0, expireInSeconds: 4 };
      await boss.createQueue("hang", options);
      await boss.send("hang", {}, options);
      await boss.work("hang", soon, () => new Promise(() => undefined));
      await new Promise(() => undefined);
    }),

    recover: using(
      async (boss) => {
        await boss.work("hang", soon, async () => "done");
        await finished(boss, "hang");
      },
      {
        superviseIntervalSeconds: 1,
        monitorIntervalSeconds: 1,
        maintenanceIntervalSeconds: 1,
        monitorStateIntervalSeconds: 1,
      },
    ),

    store: using(async (boss) => {
      for (const queue of ["plain", "last"]) await boss.createQueue(queue);
      await boss.send("plain", { n: 1 });
      await boss.send("plain", {}, { startAfter: 60, priority: 2, retryLimit: 5 });
      await boss.sendThrottled("plain", { n: 2 }, {}, 60, "throttled");
      await boss.sendDebounced("plain", { n: 3 }, {}, 60, "debounced");
      await boss.sendDebounced("plain", { n: 4 }, {}, 60, "debounced");
      await insert(boss, "plain", [{ data: { n: 5 } }, { data: { n: 6 }, priority: 1 }]);
      await boss.subscribe("event", "last");
      await boss.publish("event", { n: 8 });
      for (const row of await rows(boss, `SELECT * FROM ${schema}.job ORDER BY name, data::text`))
        console.log(
          JSON.stringify(row)
            .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
            .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "<id>"),
        );
    }),
  };
};
