import { format } from "node:util";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { DiagLogFunction, DiagLogger } from "@opentelemetry/api";
import { registered } from "./registered.ts";
import { writeLine } from "./report.ts";

/** Sends OpenTelemetry's own messages to standard error from `OTEL_LOG_LEVEL` on, unless someone shows them already. */
export function logToStderr(given: string | undefined): void {
  const level = levels.get(given?.trim().toUpperCase() ?? "");
  if (level === undefined || registered("diag") !== undefined) return;
  diag.setLogger(logger, level);
}

const levels: ReadonlyMap<string, DiagLogLevel> = new Map([
  ["NONE", DiagLogLevel.NONE],
  ["ERROR", DiagLogLevel.ERROR],
  ["WARN", DiagLogLevel.WARN],
  ["INFO", DiagLogLevel.INFO],
  ["DEBUG", DiagLogLevel.DEBUG],
  ["VERBOSE", DiagLogLevel.VERBOSE],
  ["ALL", DiagLogLevel.ALL],
]);

// The API's own console logger writes information to standard output, which belongs to the app.
const toStderr: DiagLogFunction = (message, ...rest) => writeLine(format(message, ...rest));

const logger: DiagLogger = { error: toStderr, warn: toStderr, info: toStderr, debug: toStderr, verbose: toStderr };
