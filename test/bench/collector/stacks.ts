import { backendAt } from "../../collector/otelcol.ts";
import type { Setup } from "../../collector/otelcol.ts";
import type { Signal } from "./bodies.ts";

/** What is measured: the first is what the others are compared with. */
export const stacks = [
  "plain",
  "agent",
  "agentUnsynced",
  "away",
  "gateway",
  "kafkaAgent",
  "kafkaUnsynced",
  "kafka",
] as const;

/** One of them. */
export type StackName = (typeof stacks)[number];

/** One of them, in words. */
export const titles: Readonly<Record<StackName, string>> = {
  plain: "otlp to otlp_http, nothing else",
  agent: "base + agent",
  agentUnsynced: "base + agent, no fsync",
  away: "base + agent, backend away",
  gateway: "base + gateway",
  kafkaAgent: "base + kafka-agent",
  kafkaUnsynced: "base + kafka-agent, no fsync",
  kafka: "base + gateway + kafka-gateway",
};

/** Those that give what they get to Kafka, and the one that takes it from there. */
export const isOfKafka = (name: StackName): boolean => name.startsWith("kafka");

/** How a stack is started that sends to a backend. */
export const setupOf = (name: StackName, backend: string, kafka: Readonly<Record<string, string>>): Setup => ({
  config: configOf[name](backend),
  env: {
    ...kafka,
    // What it takes is measured, so it is not kept from taking it.
    JOBTRAIL_COLLECTOR_MEMORY_MIB: "2048",
    JOBTRAIL_COLLECTOR_FSYNC: String(!name.endsWith("Unsynced")),
  },
});

/** The exporter that a stack's items leave by. */
export const exporterOf = (name: StackName, signal: Signal): string =>
  name.startsWith("kafka") && name !== "kafka" ? `kafka/${signal}` : `otlp_http/${signal}`;

/** Refuses every connection. */
const nowhere = "http://127.0.0.1:9";

const configOf: Readonly<Record<StackName, (backend: string) => string[]>> = {
  plain: (backend) => [plain(backend)],
  agent: (backend) => ["base.yaml", "agent.yaml", backendAt(backend)],
  agentUnsynced: (backend) => ["base.yaml", "agent.yaml", backendAt(backend)],
  away: () => ["base.yaml", "agent.yaml", backendAt(nowhere)],
  gateway: (backend) => ["base.yaml", "gateway.yaml", backendAt(backend)],
  kafkaAgent: () => ["base.yaml", "kafka-agent.yaml"],
  kafkaUnsynced: () => ["base.yaml", "kafka-agent.yaml"],
  kafka: (backend) => ["base.yaml", "gateway.yaml", "kafka-gateway.yaml", backendAt(backend)],
};

/** The least that a Collector can do: its queue is in memory, and there is no second sink. */
const plain = (backend: string): string => `yaml:
extensions:
  health_check: {endpoint: "\${env:JOBTRAIL_COLLECTOR_HEALTH}"}
receivers:
  otlp: {protocols: {http: {endpoint: "\${env:JOBTRAIL_COLLECTOR_HTTP}"}}}
exporters:
  otlp_http/logs: {endpoint: "${backend}"}
  otlp_http/traces: {endpoint: "${backend}"}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: "\${env:JOBTRAIL_COLLECTOR_METRICS_PORT}"}}}}]}}
  pipelines:
    logs: {receivers: [otlp], exporters: [otlp_http/logs]}
    traces: {receivers: [otlp], exporters: [otlp_http/traces]}
`;
