import { format } from "node:util";
import { showMessages } from "@jobtrail/core/recorder";
import { writeLine } from "./report.ts";

/** The levels of `OTEL_LOG_LEVEL`, from the fewest messages to the most; each shows those before it too. */
const levels = ["none", "error", "warn", "info", "debug", "verbose"] as const;

/**
 * Sends our own messages to standard error from `OTEL_LOG_LEVEL` on, unless the app has chosen who shows OpenTelemetry's.
 * Nothing is registered with the API for it: an app's own SDK would be refused if its API is of another version.
 */
export function logToStderr(given: string | undefined): void {
  const level = given?.trim().toLowerCase();
  const shown = level === "all" ? levels.length : levels.findIndex((each) => each === level);
  showMessages(Object.fromEntries(levels.slice(1, shown + 1).map((each) => [each, toStderr])));
}

// Not by the console: information would go to standard output, which belongs to the app.
const toStderr = (message: string, ...rest: readonly unknown[]): void => writeLine(format(message, ...rest));
