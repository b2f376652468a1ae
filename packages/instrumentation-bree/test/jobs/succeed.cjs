const { parentPort } = require("node:worker_threads");

const say = parentPort.postMessage.bind(parentPort);

say("done");
