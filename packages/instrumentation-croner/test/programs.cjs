/**
 * The programs of the conformance suite, for croner. The library is handed in, so that each fixture
 * loads it in its own way.
 */

const everySecond = "* * * * * *";

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ Cron, scheduledJobs }) => {
  /** A schedule with one run: says what its function and its `catch` are given. */
  const once = (name, work, options) =>
    new Promise((resolve) => {
      const made = new Cron(everySecond, { name, maxRuns: 1, context: { one: 1 }, ...options }, function (...given) {
        say({ run: name, self: this === made && given[0] === made, given: given.slice(1), busy: made.isBusy() });
        // A turn later, so that croner has seen the end.
        setImmediate(resolve);
        return work();
      });
      say({ scheduled: scheduledJobs.map((each) => each.name) });
    });
  const caught = (error, job) => say({ caught: error.name, message: error.message, by: job.name });

  return {
    async main() {
      process.on("unhandledRejection", (error) => say({ unhandled: error.message }));
      await once("succeed", async () => 3);
      const fail = () => {
        throw new RangeError("never works");
      };
      await once("fail", fail, { catch: caught });
      await once("loose", async () => {
        throw new Error("nobody catches it");
      });
      const byHand = new Cron(everySecond, { paused: true }, () => fail());
      await byHand.trigger().catch((error) => say({ thrown: error.message }));
      byHand.stop();
      say({ left: scheduledJobs.length, stopped: byHand.isStopped() });
    },

    /** Made in a pause and resumed; a run so long that a tick is skipped and a heartbeat comes; stopped. */
    async rest() {
      const { promise: over, resolve: finish } = Promise.withResolvers();
      const protect = () => {
        slow.stop();
        finish();
      };
      const slow = new Cron(everySecond, { name: "slow", paused: true, protect }, () => over);
      slow.resume();
      await over;
    },
  };
};
