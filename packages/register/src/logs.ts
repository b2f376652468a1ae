import type { LoggerProvider } from "@opentelemetry/api";
import { now } from "@jobtrail/core/event";
import { createRecorder, guard } from "@jobtrail/core/recorder";
import type { Providers } from "@jobtrail/core/recorder";
import type { Resource } from "@opentelemetry/resources";
import { JsonLogsSerializer, ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { LoggerProvider as SdkLoggerProvider } from "@opentelemetry/sdk-logs";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { Batch } from "./batch.ts";
import { channel } from "./channel.ts";
import type { Channel } from "./channel.ts";
import type { Endpoint } from "./endpoint.ts";
import { limitsIn } from "./limits.ts";
import { scope } from "./resource.ts";

/** Sends records. @param providers gives ours: where records were lost, a record says how many. */
export function startLogs(
  endpoint: Endpoint,
  resource: Resource,
  env: NodeJS.ProcessEnv,
  providers: () => Providers,
): Channel<LoggerProvider> {
  const serializer = endpoint.encoding === "json" ? JsonLogsSerializer : ProtobufLogsSerializer;
  const loss = losses(providers);
  const outbox = channel(endpoint, {
    lost: loss.count,
    taken(answer) {
      const said = guard("reading an answer", () => serializer.deserializeResponse(answer));
      // In JSON a text of digits, whatever the type says.
      const rejected: unknown = said?.partialSuccess?.rejectedLogRecords ?? 0;
      loss.count(Number(rejected));
      loss.tell();
    },
  });
  const batch = new Batch<ReadableLogRecord>(
    outbox,
    limitsIn(env, "OTEL_BLRP", 1000),
    (records) => serializer.serializeRequest(records),
    loss.count,
  );
  return {
    provider: new SdkLoggerProvider({ resource, processors: [processorOf(batch)] }),
    endpoint,
    added: () => batch.added,
    flush: () => batch.flush(),
    take: () => batch.take(),
    put: (...parcels) => outbox.put(...parcels),
  };
}

const processorOf = (batch: Batch<ReadableLogRecord>): LogRecordProcessor => ({
  onEmit: (record) => batch.add(record),
  forceFlush: async () => void (await batch.flush()),
  shutdown: async () => void (await batch.flush()),
});

interface Losses {
  readonly count: (records: number) => void;
  readonly tell: () => void;
}

/** Counts records that are lost, and says so in a record as soon as one gets through. */
function losses(providers: () => Providers): Losses {
  let untold = 0;
  return {
    count(records) {
      if (!(records > 0)) return;
      untold += records;
      const { name, version } = scope;
      providers().meter.getMeter(name, version).createCounter("job.log.dropped", { unit: "{record}" }).add(records);
    },
    tell() {
      if (untold === 0) return;
      const attributes = { "job.gap.count": untold };
      untold = 0;
      createRecorder(scope, {}, providers).emit({ name: "job.log.gap", seen: now(), attributes });
    },
  };
}
