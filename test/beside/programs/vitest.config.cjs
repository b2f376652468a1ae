module.exports = {
  test: {
    include: ["both.vitest.mjs"],
    setupFiles: [process.env.REGISTER],
    execArgv: ["--conditions=@jobtrail/source"],
    reporters: [{}],
  },
};
