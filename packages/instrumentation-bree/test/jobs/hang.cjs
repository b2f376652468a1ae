const { parentPort } = require("node:worker_threads");

const say = parentPort.postMessage.bind(parentPort);

// Until it is told to stop, or is ended.
parentPort.on("message", (message) => {
  if (message === "cancel") say("cancelled");
});
