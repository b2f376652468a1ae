/**
 * The programs of the conformance suite, for node-cron 4. The library is handed in, so that each
 * fixture loads it in its own way.
 */

const everySecond = "* * * * * *";

const say = (line) => console.log(JSON.stringify(line));

const quiet = { info() {}, warn() {}, debug() {}, error: (error) => say({ logged: String(error) }) };

exports.programs = ({ createTask, schedule }) => {
  /** A task with one run: says what its function is given, and what it tells. */
  const once = (name, work) =>
    new Promise((resolve) => {
      const task = schedule(
        everySecond,
        function (given) {
          say({ run: name, self: given.task === task, reason: given.execution.reason, keys: Object.keys(given) });
          return work();
        },
        { name, maxExecutions: 1, logger: quiet },
      );
      const told = (event) => task.on(event, ({ execution }) => say({ event, result: execution?.result }));
      for (const event of ["execution:started", "execution:finished", "execution:failed"]) told(event);
      task.on("execution:failed", () => setImmediate(() => resolve(task.destroy())));
      task.on("task:destroyed", () => setImmediate(resolve));
    });

  return {
    async main() {
      await once("succeed", async () => 3);
      await once("fail", () => {
        throw new RangeError("never works");
      });
      const byHand = createTask("0 0 1 1 *", async () => 4, { logger: quiet });
      say({ given: await byHand.execute(), status: byHand.getStatus() });
      byHand.destroy();
    },

    /** A run so long that a tick is not started and a heartbeat comes; then stopped. */
    async rest() {
      const { promise: over, resolve: finish } = Promise.withResolvers();
      const slow = schedule(everySecond, () => over, { name: "slow", noOverlap: true, logger: quiet });
      slow.on("execution:overlap", () => {
        slow.stop();
        finish();
      });
      await over;
    },
  };
};
