const { parentPort } = require("node:worker_threads");

const say = parentPort.postMessage.bind(parentPort);

say({ TRACEPARENT: process.env.TRACEPARENT, own: process.env.OWN });
