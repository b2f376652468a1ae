// Starts Elastic's agent, and prints the transactions and spans that it would send.
const print = ({ name, id, parent_id: parent }) => console.log(JSON.stringify({ beside: { name, id, parent } }));
const nothing = () => undefined;
require("elastic-apm-node").start({
  serviceName: "shop",
  captureSpanStackTraces: false,
  metricsInterval: "0s",
  centralConfig: false,
  transport: () => ({
    config: nothing,
    addMetadataFilter: nothing,
    setExtraMetadata: nothing,
    lambdaStart: nothing,
    sendSpan: print,
    sendTransaction: print,
    sendError: nothing,
    sendMetricSet: nothing,
    flush: (...given) => given.at(-1)?.(),
    supportsKeepingUnsampledTransaction: () => true,
    supportsActivationMethodField: () => true,
    destroy: nothing,
  }),
});
