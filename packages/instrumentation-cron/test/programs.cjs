/**
 * The programs of the conformance suite, for cron 2 to 4. The library is handed in, so that each fixture
 * loads it in its own way. Before version 4 a job has no name, so the name is the time that it waits for.
 */

const everySecond = "* * * * * *";

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ CronJob }) => {
  /** A job of every second with a name, in every version. */
  const make = (name, work, { waitForCompletion, errorHandler } = {}) => {
    const rest = [waitForCompletion, errorHandler, name];
    const job = new CronJob(everySecond, work, null, false, undefined, { one: 1 }, false, undefined, false, ...rest);
    // Version 4 sets it itself.
    job.name = name;
    return job;
  };

  /** A job with one run: says what its function is given. */
  const once = async (name, work) => {
    await inSecond();
    return new Promise((resolve) => {
      const errorHandler = (error) => say({ handled: error.name, message: error.message });
      const job = make(
        name,
        function (...given) {
          say({ run: name, self: this, given: given.map((each) => typeof each), busy: job.isCallbackRunning });
          // cron may call it inside of its start, and a stop in there would not hold.
          setImmediate(() => resolve(job.stop()));
          return work();
        },
        { errorHandler, waitForCompletion: true },
      );
      job.addCallback(() => say({ second: name }));
      job.start();
    });
  };

  return {
    async main() {
      process.on("unhandledRejection", (error) => say({ unhandled: error.message }));
      await once("succeed", async () => 3);
      await once("fail", async () => {
        throw new RangeError("never works");
      });
      const byHand = make("by hand", () => say({ tick: "by hand" }));
      await byHand.fireOnTick();
      // What cron does after a stop has been done by then.
      await new Promise((resolve) => setTimeout(resolve, 150));
      say({ last: byHand.lastDate() ?? null });
    },

    /** A run that is so long that a heartbeat comes, while the event loop is blocked for some of its times. */
    async rest() {
      const { promise: over, resolve: finish } = Promise.withResolvers();
      let runs = 0;
      const slow = make("slow", () => {
        runs++;
        if (runs === 1) setTimeout(block, 500, 2500);
        if (runs === 2) setImmediate(() => finish(slow.stop()));
        return over;
      });
      await inSecond();
      slow.start();
      await over;
    },
  };
};

const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Waits for the first half of a second: until version 3, a job whose time comes while it starts is stopped. */
const inSecond = () => new Promise((resolve) => setTimeout(resolve, (1100 - (Date.now() % 1000)) % 1000));
