const { parentPort } = require("node:worker_threads");

// Until it is told to stop, or is ended.
parentPort.on("message", (message) => {
  if (message === "cancel") parentPort.postMessage("cancelled");
});
