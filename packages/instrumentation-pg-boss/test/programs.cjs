/**
 * The programs of the conformance suite, for pg-boss. The library is handed in, so that each fixture
 * loads it in its own way. `NAME` is the schema.
 */

const { setTimeout: pause } = require("node:timers/promises");

const { DATABASE_URL: connectionString, NAME: schema, LIBRARY_SPANS } = process.env;
const openTelemetry = { enabled: LIBRARY_SPANS !== "off" };
const soon = { pollingIntervalSeconds: 0.5 };

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ PgBoss }) => {
  /** Runs a program with a started pg-boss, and stops it in an orderly way. */
  const using =
    (work, options = { supervise: false }) =>
    async () => {
      const boss = new PgBoss({ connectionString, schema, openTelemetry, max: 3, schedule: false, ...options });
      boss.on("error", (error) => say({ error: error.message }));
      await boss.start();
      await work(boss);
      await boss.stop();
    };

  /** A queue's jobs, once all are at their end. */
  const finished = async (boss, queue, count = 1) => {
    for (;;) {
      const jobs = await boss.findJobs(queue);
      if (jobs.length === count && jobs.every(({ state }) => ["completed", "failed"].includes(state))) return jobs;
      await pause(25);
    }
  };

  const result = ({ state, retryCount, output }) => ({ state, retryCount, output: output?.message ?? output });

  /** Asks for one job, works it, and says what the host sees of it. */
  const once = async (boss, queue, options, handler) => {
    await boss.createQueue(queue, options);
    const asked = Promise.withResolvers();
    await boss.work(queue, soon, async (jobs) => {
      // A poll may find the job before the call that asked for it has returned.
      await asked.promise;
      const [{ id: _, signal, ...job }] = jobs;
      say({ jobs: jobs.length, job, signal: signal.aborted });
      return await handler(job);
    });
    say({ sent: typeof (await boss.send(queue, { of: queue })) });
    asked.resolve();
    say((await finished(boss, queue)).map(result));
  };

  return {
    main: using(async (boss) => {
      await once(boss, "succeed", {}, () => ({ sum: 3 }));
      await once(boss, "retry", { retryLimit: 1, retryDelay: 0 }, ({ retryCount }) => {
        if (retryCount === 0) throw new TypeError("not at the first try");
      });
      await once(boss, "fail", { retryLimit: 0 }, () => {
        throw new RangeError("never works");
      });
      await boss.createQueue("bulk");
      const handed = [];
      // Jobs of one call are as old as each other; the priority gives them an order.
      const three = [1, 2, 3].map((n) => ({ data: { n }, priority: -n }));
      say({ inserted: await boss.insert("bulk", three) });
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
      await boss.send("slow");
      await finished(boss, "slow");
      await boss.upsert("changed", { n: 1 }, { singletonKey: "one" });
      const { jobs } = await boss.upsert("changed", { n: 2 }, { singletonKey: "one" });
      await boss.cancel("changed", jobs);
      await boss.resume("changed", jobs);
      await boss.deleteJob("changed", jobs);
    }),

    hang: using(async (boss) => {
      await boss.createQueue("hang", { retryLimit: 1, retryDelay: 0, expireInSeconds: 4 });
      await boss.send("hang");
      await boss.work("hang", soon, () => new Promise(() => undefined));
      await new Promise(() => undefined);
    }),

    recover: using(
      async (boss) => {
        await boss.work("hang", soon, async () => "done");
        await finished(boss, "hang");
      },
      { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 },
    ),

    store: using(async (boss) => {
      for (const queue of ["plain", "next", "last"]) await boss.createQueue(queue);
      await boss.send("plain", { n: 1 });
      await boss.send("plain", null, { startAfter: 60, priority: 2, retryLimit: 5 });
      await boss.sendThrottled("plain", { n: 2 }, {}, 60, "throttled");
      await boss.sendDebounced("plain", { n: 3 }, {}, 60, "debounced");
      await boss.sendDebounced("plain", { n: 4 }, {}, 60, "debounced");
      await boss.insert("plain", [{ data: { n: 5 } }, { data: { n: 6 }, priority: 1 }]);
      await boss.upsert("plain", { n: 7 }, { singletonKey: "upserted" });
      await boss.subscribe("event", "last");
      await boss.publish("event", { n: 8 });
      await boss.flow([
        { ref: "one", name: "next" },
        { ref: "two", name: "last", dependsOn: ["one"] },
      ]);
      const { rows } = await boss
        .getDb()
        .executeSql(`SELECT * FROM ${schema}.job ORDER BY created_on, name, data::text`);
      for (const row of rows)
        console.log(
          JSON.stringify(row)
            .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
            .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "<id>"),
        );
    }),
  };
};
