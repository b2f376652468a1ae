/**
 * The programs of the conformance suite, for node-cron 3. The library is handed in, so that each
 * fixture loads it in its own way.
 */

const everySecond = "* * * * * *";

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ schedule }) => {
  /** A task with one run: says what its function is given. */
  const once = (name, work) =>
    new Promise((resolve) => {
      const task = schedule(
        everySecond,
        (...given) => {
          say({ run: name, given: given.map((each) => typeof each) });
          // node-cron 3 goes on if it is stopped inside of a run.
          setImmediate(() => resolve(task.stop()));
          return work();
        },
        { name, scheduled: false },
      );
      task.on("task-done", (result) => say({ done: typeof result }));
      task.start();
    });

  return {
    async main() {
      await once("succeed", async () => 3);
      await once("fail", async () => {
        throw new RangeError("never works");
      });
      const byHand = schedule("0 0 1 1 *", (now) => say({ now }), { scheduled: false });
      byHand.now();
    },

    /** A run that is so long that a heartbeat comes; then the event loop is blocked while a time passes. */
    async rest() {
      const { promise: over, resolve: finish } = Promise.withResolvers();
      let runs = 0;
      const slow = schedule(
        everySecond,
        () => {
          runs++;
          if (runs === 1) setTimeout(block, 500, 2500);
          if (runs === 2) setImmediate(() => finish(slow.stop()));
          return over;
        },
        { name: "slow" },
      );
      await over;
    },
  };
};

const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
