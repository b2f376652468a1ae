const { parentPort } = require("node:worker_threads");

parentPort.postMessage({ TRACEPARENT: process.env.TRACEPARENT, own: process.env.OWN });
