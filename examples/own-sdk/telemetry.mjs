import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { jobInstrumentations } from "@jobtrail/auto-instrumentations";

export const sdk = new NodeSDK({
  serviceName: "mailer",
  logRecordProcessors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
  instrumentations: [jobInstrumentations()],
});
sdk.start();
