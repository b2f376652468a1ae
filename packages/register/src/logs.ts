import type { LoggerProvider } from "@opentelemetry/api";
import { now } from "@jobtrail/core/event";
import { createRecorder, guard, sdkSink } from "@jobtrail/core/recorder";
import type { Providers } from "@jobtrail/core/recorder";
import type { Chunk, Endpoint } from "@jobtrail/delivery";
import type { Resource } from "@opentelemetry/resources";
import { JsonLogsSerializer, ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { LoggerProvider as SdkLoggerProvider } from "@opentelemetry/sdk-logs";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { Batch } from "./batch.ts";
import { outboxTo } from "./channel.ts";
import type { Provided } from "./channel.ts";
import { batchLimitsIn } from "@jobtrail/otlp/sink";
import { scope } from "./resource.ts";

/** Sends records. @param providers gives ours: a counter says how many records were lost. */
export function startLogs(
  endpoint: Endpoint,
  resource: Resource,
  env: NodeJS.ProcessEnv,
  providers: () => Providers,
): Provided<LoggerProvider> {
  const serializer = endpoint.encoding === "json" ? JsonLogsSerializer : ProtobufLogsSerializer;
  const encode = (records: ReadableLogRecord[]): Uint8Array | undefined => serializer.serializeRequest(records);
  const outbox = outboxTo(endpoint, {
    noun: "record",
    lost: (records) => guard("counting lost records", () => countLost(records, providers())),
    report: (records) => guard("reporting lost records", () => reportOf(records, resource, providers(), encode)),
  });
  const batch = new Batch<ReadableLogRecord>(outbox, batchLimitsIn(env, "OTEL_BLRP", 1000), encode);
  const processor = processorOf(
    (record) => batch.add(record),
    () => batch.flush(),
  );
  return {
    provider: new SdkLoggerProvider({ resource, processors: [processor] }),
    outbox,
    added: () => batch.added,
    flush: () => batch.flush(),
    take: () => batch.take(),
  };
}

const processorOf = (
  onEmit: (record: ReadableLogRecord) => void,
  flush?: () => Promise<boolean>,
): LogRecordProcessor => ({
  onEmit,
  forceFlush: async () => void (await flush?.()),
  shutdown: async () => void (await flush?.()),
});

const countLost = (records: number, { meter }: Providers): void =>
  meter.getMeter(scope.name, scope.version).createCounter("job.log.dropped", { unit: "{record}" }).add(records);

/** A record that says how many were lost, alone in its request: whoever loses it knows that it is one. */
function reportOf(
  lost: number,
  resource: Resource,
  providers: Providers,
  encode: (records: ReadableLogRecord[]) => Uint8Array | undefined,
): Chunk | undefined {
  const records: ReadableLogRecord[] = [];
  const logger = new SdkLoggerProvider({ resource, processors: [processorOf((record) => records.push(record))] });
  const all = { ...providers, logger };
  const recorder = createRecorder(
    scope,
    {},
    sdkSink(() => all),
  );
  recorder.emit({ name: "job.log.gap", seen: now(), attributes: { "job.gap.count": lost } });
  const body = encode(records);
  return body && { body, items: records.length };
}
