/**
 * The programs of the conformance suite, for toad-scheduler. The library is handed in, so that each
 * fixture loads it in its own way.
 */

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ AsyncTask, SimpleIntervalJob, Task, ToadScheduler }) => {
  const scheduler = new ToadScheduler();

  /** A job with one run: says what its function is given, and what its error handler is. */
  const once = (name, Class, work) =>
    new Promise((resolve) => {
      const handled = (error) => say({ handled: error.name, message: error.message, busy: task.isExecuting });
      const task = new Class(
        `task of ${name}`,
        function (...given) {
          say({ run: name, given, busy: task.isExecuting });
          scheduler.removeById(name);
          setTimeout(resolve, 20);
          return work();
        },
        handled,
      );
      scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ milliseconds: 50 }, task, { id: name }));
      say({ scheduled: scheduler.existsById(name), status: scheduler.getById(name).getStatus() });
    });

  return {
    async main() {
      await once("succeed", AsyncTask, async () => 3);
      await once("fail", Task, () => {
        throw new RangeError("never works");
      });
      const byHand = new Task("by hand", (...given) => say({ given }));
      const job = new SimpleIntervalJob({ hours: 1, runImmediately: true }, byHand, { id: "hourly" });
      scheduler.addSimpleIntervalJob(job);
      byHand.execute("hourly");
      scheduler.stop();
      say({ status: job.getStatus() });
    },

    /** A run that is so long that a heartbeat comes and times are skipped. */
    async rest() {
      const over = lasting(8);
      const slow = new AsyncTask("slow", () => over);
      scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ milliseconds: 100 }, slow));
      await over;
      scheduler.stop();
    },
  };
};

/** So many turns of 100 ms: in each of them other timers have their chance, however slow the machine is. */
const lasting = async (turns) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 100));
};
