// A serverless function: its process is frozen once the handler has returned, and a batch that waits is not sent.
// The SDK comes first: what is loaded before it is not watched.
import "./telemetry.mjs";
import { logs, metrics, trace } from "@opentelemetry/api";
import { Queue } from "bullmq";

const queue = new Queue("mail", { connection: { url: process.env.REDIS_URL ?? "redis://localhost:6379" } });

export async function handler(event) {
  const { id } = await queue.add("welcome", { to: event.to });
  await flush();
  return id;
}

const flush = () =>
  Promise.all([
    trace.getTracerProvider().getDelegate().forceFlush(),
    logs.getLoggerProvider().forceFlush(),
    metrics.getMeterProvider().forceFlush(),
  ]);
