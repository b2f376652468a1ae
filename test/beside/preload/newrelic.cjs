// Starts New Relic's agent, which has nobody to send to, and prints the segments of each transaction that it saw.
const { agent } = require("newrelic");

const print = (node, parent, id) => {
  const { name } = node.segment ?? node;
  console.log(JSON.stringify({ beside: { name, id, parent } }));
  (node.children ?? []).forEach((child, at) => print(child, id, `${id}.${at}`));
};
let count = 0;
agent.on("transactionFinished", ({ trace }) => print(trace.segments?.root ?? trace.root, undefined, `${count++}`));
