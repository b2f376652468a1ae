/** A processor that runs in a process or a thread of its own. */
module.exports = async (job, token) => {
  await job.updateProgress(50);
  if (job.data.how === "put back" && job.attemptsStarted === 1) {
    await job.moveToDelayed(Date.now() + 100, token);
    throw Object.assign(new Error("later"), { name: "DelayedError" });
  }
  if (job.data.how === "fail") throw new RangeError("never works");
  // What the sender's context looks like here.
  const { telemetry, tm } = job.opts;
  // BullMQ 5 hands it over under its stored name.
  return JSON.parse(telemetry?.metadata ?? tm).traceparent;
};
