/** A processor that Bull runs in a process of its own. */
module.exports = async (job) => {
  await job.progress(50);
  if (job.data.fails) throw new RangeError("in the sandbox");
  return "from the sandbox";
};
