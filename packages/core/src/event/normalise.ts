import type { HrTime } from "@opentelemetry/api";
import type { AttributeRow, JobAttributes } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "./event.ts";
import { isName, isRegistered, rowOf } from "./key.ts";
import { contentKey, contentLimit, fitInto, namesOf, restKey, restLimit } from "./limit.ts";
import type { Parts } from "./limit.ts";
import { messageLimit, stackLimit } from "./redact.ts";
import { isTime } from "./time.ts";
import { fit, textLimit, textOf, unreadable } from "./value.ts";
import type { Value } from "./value.ts";

const typeLimit = 128;
const originalLimit = 16 * 1024;

/**
 * An event as a record can hold it: values of the registry's types, at most 64 attributes and 32 KB, to which
 * only what is left of a foreign record may add more.
 * What does not fit is cut or left out and named in `job.record.cut`. Doing it again changes nothing.
 */
export function normalise(event: JobEvent): JobEvent {
  const cuts = new Set<string>();
  const parts: Parts = { attributes: {}, own: {}, cutBefore: [], error: undefined, original: undefined };
  const texts: Texts = {};
  if (event.own !== undefined) take(event.own, parts, texts, cuts);
  take(event.attributes, parts, texts, cuts);
  parts.error = errorIn(event.error, texts, cuts);
  parts.original = textIn(event.original ?? texts["log.record.original"], originalLimit, "log.record.original", cuts);
  const times = timesOf(event, cuts);
  fitInto(parts, cuts);
  const cut = namesOf(parts.cutBefore, cuts);
  if (cut.length > 0) parts.attributes["job.record.cut"] = cut;
  return {
    name: event.name,
    ...times,
    attributes: parts.attributes as JobAttributes,
    ...(hasAny(parts.own) && { own: parts.own }),
    ...(parts.error !== undefined && { error: parts.error }),
    ...(event.span !== undefined && { span: event.span }),
    ...(parts.original !== undefined && { original: parts.original }),
  };
}

/** What an event holds in fields of its own, and a record among its attributes. */
type Texts = Partial<Record<string, unknown>>;

const fields: ReadonlySet<string> = new Set([
  "error.type",
  "exception.message",
  "exception.stacktrace",
  "log.record.original",
]);

/** Sorts values to where a record's reader would find them: what the registry knows, and the system's own. */
function take(given: object, { attributes, own, cutBefore }: Parts, texts: Texts, cuts: Set<string>): void {
  for (const key of Object.keys(given)) {
    const value = valueAt(given, key);
    if (value === undefined || value === null) continue;
    if (fields.has(key)) {
      texts[key] = value;
      continue;
    }
    const row = rowOf(key);
    const fitted = !isRegistered(key) && !isName(key) ? undefined : fitAt(key, value, row, cuts);
    if (fitted === undefined) cuts.add(key);
    else if (key === "job.record.cut") cutBefore.push(...(fitted as readonly string[]));
    else (row === undefined ? own : attributes)[key] = fitted;
  }
}

/** A value within the limit of its key. JSON text is whole or not there: cut, it says nothing. */
function fitAt(key: string, value: unknown, row: AttributeRow | undefined, cuts: Set<string>): Value | undefined {
  if (key !== restKey && key !== contentKey) return fit(value, row, textLimit, key, cuts);
  const holds = typeof value === "string" && (key === restKey ? isRest(value) : isContent(value));
  return holds ? textOf(value, restLimit, key, cuts) : undefined;
}

const isRest = (text: string): boolean => text.length <= restLimit;
const isContent = (text: string): boolean => Buffer.byteLength(text) <= contentLimit;

/** A value of any object; one whose getter throws is `unreadable`. */
export function valueAt(given: object, key: string): unknown {
  try {
    return (given as Record<string, unknown>)[key];
  } catch {
    return unreadable;
  }
}

/** Whether an error can be kept as it is. */
export const isFitted = ({ type, message, stack }: JobError): boolean =>
  isText(type, typeLimit) && isTextOrNothing(message, messageLimit) && isTextOrNothing(stack, stackLimit);

const isTextOrNothing = (value: unknown, limit: number): boolean => value === undefined || isText(value, limit);

const isText = (value: unknown, limit: number): boolean =>
  typeof value === "string" && value.length <= limit && value.isWellFormed();

function errorIn(given: JobError | undefined, texts: Texts, cuts: Set<string>): JobError | undefined {
  const type = textIn(given === undefined ? texts["error.type"] : given.type, typeLimit, "error.type", cuts);
  const message = textIn(
    given === undefined ? texts["exception.message"] : given.message,
    messageLimit,
    "exception.message",
    cuts,
  );
  const stack = textIn(
    given === undefined ? texts["exception.stacktrace"] : given.stack,
    stackLimit,
    "exception.stacktrace",
    cuts,
  );
  if (given === undefined && type === undefined && message === undefined && stack === undefined) return undefined;
  return { type: type ?? "_OTHER", ...(message !== undefined && { message }), ...(stack !== undefined && { stack }) };
}

/** A text within its limit; what is no text is left out. */
function textIn(value: unknown, limit: number, key: string, cuts: Set<string>): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return textOf(value, limit, key, cuts);
  cuts.add(key);
  return undefined;
}

/** What cannot be sent as a time is no time. */
function timesOf({ time, seen }: JobEvent, cuts: Set<string>): { readonly time?: HrTime; readonly seen: HrTime } {
  const isSound = time === undefined || isTime(time);
  if (!isSound) cuts.add("time");
  return {
    ...(isSound && time !== undefined && { time }),
    seen: isTime(seen) ? seen : isSound && time !== undefined ? time : [0, 0],
  };
}

const hasAny = (object: object): boolean => {
  for (const _ in object) return true;
  return false;
};
