import { createLosses, openOutbox } from "@jobtrail/delivery";
import type { Chunk, Endpoint, Losses, Outbox, OutboxOptions } from "@jobtrail/delivery";
import { isMainThread, write } from "./report.ts";
import { untraced } from "./untraced.ts";

/** One signal on its way out. */
export interface Channel {
  readonly outbox: Outbox;
  /** Sends what is here now. Whether nothing has to be tried again. */
  readonly flush: () => Promise<boolean>;
  /** How much has been recorded so far. */
  added(): number;
  /** Collects what a synchronous exit could not: collecting needs promises, and none settles after `process.exit`. */
  prepare?(): Promise<void>;
  /** Takes out what has not been answered, encoded, at once. */
  take(): readonly Chunk[];
}

/** One signal of an SDK on its way out. */
export interface Provided<Provider> extends Channel {
  readonly provider: Provider;
}

/** What is said of all that this process sends and loses. */
export const losses: Losses = createLosses(
  write,
  {
    address: "OTEL_EXPORTER_OTLP_ENDPOINT",
    headers: "OTEL_EXPORTER_OTLP_HEADERS",
    keyExample: "authorization=Bearer%20abc",
    encoding: "Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.",
    certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
    start: "Start a job log with `npx @jobtrail/cli serve`, or name your receiver in OTEL_EXPORTER_OTLP_ENDPOINT.",
    startAt: (host) =>
      `If it is a job log, start it with \`npx @jobtrail/cli serve --host 0.0.0.0 --allow-host ${host}\`: by itself it listens on localhost alone. Else correct host and port in OTEL_EXPORTER_OTLP_ENDPOINT.`,
  },
  !isMainThread(),
);

/** An outbox to one endpoint, whose requests the app's own tracing does not see. */
export function outboxTo(endpoint: Endpoint, options: Omit<OutboxOptions, "losses" | "untraced">): Outbox {
  return openOutbox(endpoint, { ...options, losses, untraced });
}
