/**
 * The programs of the conformance suite, for node-schedule. The library is handed in, so that each
 * fixture loads it in its own way.
 */

const say = (line) => console.log(JSON.stringify(line));

exports.programs = ({ scheduleJob, scheduledJobs }) => {
  /** A job with one run: says what its function is given, and what it tells. */
  const once = (name, work) =>
    new Promise((resolve) => {
      const job = scheduleJob(name, "* * * * * *", function (...given) {
        say({ run: name, self: this === job, given: given.map((each) => each instanceof Date), running: job.running });
        job.cancel();
        return work();
      });
      job.on("run", () => say({ event: "run", running: job.running }));
      job.on("success", (value) => resolve(say({ event: "success", value })));
      job.on("error", (error) => resolve(say({ event: "error", name: error.name })));
      say({ scheduled: Object.keys(scheduledJobs) });
    });

  return {
    async main() {
      await once("succeed", async () => 3);
      await once("fail", () => {
        throw new RangeError("never works");
      });
      const byHand = scheduleJob({ month: 0, date: 1, hour: 3 }, (given) => given ?? "by hand");
      say({ given: byHand.invoke(), next: typeof byHand.nextInvocation().getTime() });
      byHand.cancel();
      say({ left: Object.keys(scheduledJobs) });
    },

    /** A run that is so long that a heartbeat comes, of a job that runs once. */
    async rest() {
      await new Promise((resolve) => {
        // A date that has passed by then makes no job.
        let job = null;
        while (job === null) job = scheduleJob("slow", new Date(Date.now() + 200), () => lasting(8));
        job.on("success", resolve);
      });
    },
  };
};

/** So many turns of 100 ms: in each of them other timers have their chance, however slow the machine is. */
const lasting = async (turns) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 100));
};
