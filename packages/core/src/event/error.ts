import type { JobError } from "./event.ts";
import { cut, messageLimit, stackLimit, withoutSecrets } from "./redact.ts";
import type { Redact } from "./redact.ts";

const longestType = 128;

/**
 * What is kept of anything that was thrown: `error.type` is its code, else its name, else `_OTHER`.
 * Text is cut before and after redaction, so a text of any size costs little. Never throws.
 */
export function errorOf(thrown: unknown, redact: Redact = withoutSecrets): JobError {
  const text = (value: unknown, limit: number): string | undefined => {
    if (typeof value !== "string" || value === "") return undefined;
    // A host's own redaction may give anything.
    const said: unknown = redact(value.slice(0, limit * 2));
    return typeof said === "string" && said !== "" ? cut(said, limit) : undefined;
  };
  const message = text(typeof thrown === "string" ? thrown : read(thrown, "message"), messageLimit);
  const stack = text(read(thrown, "stack"), stackLimit);
  return {
    type: typeOf(thrown),
    ...(message !== undefined && { message }),
    ...(stack !== undefined && { stack }),
  };
}

function typeOf(thrown: unknown): string {
  const code = read(thrown, "code");
  if (typeof code === "string" && code !== "") return code.slice(0, longestType);
  const name = read(thrown, "name");
  if (typeof name === "string" && name !== "" && name !== "Error") return name.slice(0, longestType);
  const made = read(read(thrown, "constructor"), "name");
  if (typeof made === "string" && made !== "" && made !== "Object" && made !== "String")
    return made.slice(0, longestType);
  return "_OTHER";
}

/** Reads a property of anything; a getter that throws reads as nothing. */
function read(value: unknown, key: string): unknown {
  try {
    return value === null || value === undefined ? undefined : (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
