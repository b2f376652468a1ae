import { hostname } from "node:os";
import { version } from "@jobtrail/conventions";
import { processInstance } from "@jobtrail/core/event";
import { createRecorder } from "@jobtrail/core/recorder";
import type { BindPoint, InstrumentationScope, Recorder } from "@jobtrail/core/recorder";
import { createLosses, endpointsIn, openOutbox, sender } from "@jobtrail/delivery";
import type { Endpoint, Settings, Signal } from "@jobtrail/delivery";
import { recordsTo } from "@jobtrail/delivery/source";
import type { EventSink } from "@jobtrail/delivery/source";
import { otlpSink } from "@jobtrail/otlp/sink";

/** Where a bridge sends: records, which are acknowledged, and the spans and metrics made of them. */
export interface Telemetry {
  readonly records: EventSink;
  /** Makes spans, and counts; it writes no records. */
  readonly counting: Recorder;
  /** Makes spans, and counts nothing. */
  readonly tracing: Recorder;
  readonly bind: BindPoint;
  /** Sends spans that are ready. */
  flushSpans(): Promise<void>;
  /** Sends all that is left. */
  close(): Promise<void>;
}

/** How telemetry is sent. */
export interface TelemetryOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Calls for each sentence about what could not be delivered. */
  readonly say: (sentence: string) => void;
  /** How long a receiver that is away is retried before the page is read again, in milliseconds. */
  readonly patienceMs?: number;
  /** Whose telemetry it is; by default the bridge's. */
  readonly scope?: InstrumentationScope;
}

const ownScope: InstrumentationScope = { name: "@jobtrail/bridge", version };

const settings: Settings = {
  address: "endpoint",
  headers: "OTEL_EXPORTER_OTLP_HEADERS",
  keyExample: "authorization=Bearer%20abc",
  encoding: "Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.",
  certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
  start: "A job log is started by jobtrail serve.",
};

const signals: readonly Signal[] = ["traces", "logs", "metrics"];

/** Opens the way out. Gives a sentence where nothing can be sent. */
export function openTelemetry({
  env,
  say,
  patienceMs = 10_000,
  scope = ownScope,
}: TelemetryOptions): Telemetry | string {
  const found = endpointsIn(env, signals);
  if (typeof found === "string") return found;
  for (const warning of found.warnings) say(warning);
  const { traces, logs, metrics } = found.sent;
  if (logs === undefined) return "OTEL_LOGS_EXPORTER is none, but a bridge sends log records. Leave it out.";
  const resource = resourceOf(env);
  const losses = createLosses(say, settings);
  const outboxTo = (endpoint: Endpoint | undefined, noun: "span" | "metric") =>
    endpoint && openOutbox(endpoint, { noun, losses, send: sender(endpoint, { keepsAlive: true }) });
  const sink = otlpSink({ traces: outboxTo(traces, "span"), metrics: outboxTo(metrics, "metric") }, resource, env);
  return {
    records: recordsTo({
      delivery: { endpoint: logs, send: sender(logs, { keepsAlive: true }), patienceMs },
      settings,
      resource: { attributes: resource },
      scope,
      refused: (records, reason) => say(`${records} records were refused by the receiver: ${reason}`),
    }),
    counting: createRecorder(scope, { signals: ["traces", "metrics"] }, () => sink),
    tracing: createRecorder(scope, { signals: ["traces"] }, () => sink),
    bind: sink.metrics?.(scope) ?? (() => () => undefined),
    flushSpans: async () => void (await sink.channels.traces?.flush()),
    close: async () => void (await Promise.all([sink.channels.traces?.flush(), sink.channels.metrics?.flush()])),
  };
}

function resourceOf(env: NodeJS.ProcessEnv): Record<string, string | number> {
  return {
    "service.name": env["OTEL_SERVICE_NAME"] || "jobtrail-bridge",
    "service.instance.id": processInstance,
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "jobtrail",
    "telemetry.sdk.version": version,
    "process.pid": process.pid,
    "host.name": hostname(),
  };
}
