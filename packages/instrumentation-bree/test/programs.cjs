/**
 * The programs of the conformance suite, for Bree. The library is handed in, so that each fixture
 * loads it in its own way.
 */
const { join } = require("node:path");

const say = (line) => console.log(JSON.stringify(line));

exports.programs = (Bree) => {
  const logger = { info() {}, warn: (error) => say({ warned: error.message }), error() {} };

  /** An instance with some jobs; the threads are not watched. */
  const make = (jobs, more) =>
    new Bree({
      root: join(__dirname, "jobs"),
      defaultExtension: "cjs",
      acceptedExtensions: [".cjs"],
      worker: { execArgv: [] },
      logger,
      jobs,
      ...more,
    });

  /** Runs a job to its end: says what Bree and its handlers tell. */
  const once = async (name) => {
    const bree = make([name], {
      errorHandler: (error, meta) => say({ handled: error.name, message: error.message, ...meta }),
      workerMessageHandler: (message) => say(message),
    });
    const { promise: over, resolve } = Promise.withResolvers();
    bree.on("worker created", (created) => say({ created, workers: [...bree.workers.keys()] }));
    bree.on("worker deleted", (deleted) => resolve(say({ deleted })));
    await bree.start();
    await over;
    await bree.stop();
  };

  return {
    async main() {
      await once("succeed");
      await once("fail");
      const bree = make(["exit"], { timeout: false });
      const { promise: over, resolve } = Promise.withResolvers();
      bree.on("worker deleted", resolve);
      await bree.run("exit");
      await over;
    },

    /** A run that is so long that a heartbeat comes and times are skipped; then its thread is told to stop. */
    async rest() {
      const bree = make([{ name: "hang", interval: 300 }]);
      let warned = 0;
      const { promise: over, resolve } = Promise.withResolvers();
      bree.config.logger = { ...logger, warn: () => ++warned === 2 && resolve() };
      await bree.start();
      await over;
      await bree.stop();
    },
  };
};
