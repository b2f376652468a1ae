import { createHash } from "node:crypto";
import type { JobError } from "@jobtrail/core/event";

/** What differs between two cases of one error, in the order in which it is looked for. */
const varying: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, "<url>"],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, "<address>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b/g, "<time>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<address>"],
  [/(?:\b[0-9a-f]{1,4})?(?::{1,2}[0-9a-f]{1,4}){3,8}\b/gi, "<address>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, "<id>"],
  [/\b0x[0-9a-f]+\b/gi, "<id>"],
  [/\d+(?:[.,]\d+)*/g, "<number>"],
];

/** The longest part of a message that tells errors apart, in characters. */
const longest = 300;

/** A message without what differs from case to case: numbers, ids, times and addresses have names in their place. */
export function patternOf(message: string): string {
  const [line = ""] = message.slice(0, 4 * longest).split("\n", 1);
  let text = line;
  for (const [pattern, name] of varying) text = text.replace(pattern, name);
  return text.replace(/\s+/g, " ").trim().slice(0, longest);
}

/** Names an error together with all those that differ only in numbers, ids, times and addresses: 16 hex digits. */
export function fingerprintOf({ type, message = "" }: JobError): string {
  return createHash("sha256")
    .update(`${type}\n${patternOf(message)}`)
    .digest("hex")
    .slice(0, 16);
}
