/** The worker thread of bree.mjs: its end is the run's. */
console.log(`archived within ${process.env.TRACEPARENT}`);
