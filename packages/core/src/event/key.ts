import { attributes as registry } from "@jobtrail/conventions";
import type { AttributeName, AttributeRow, ValueType } from "@jobtrail/conventions";

/** The name of an attribute with all that is known of it: one object per name, so that nothing is looked up per record. */
export interface Key {
  readonly name: string;
  /** The name as a writer puts it on the wire. */
  readonly utf8: Uint8Array;
  /** What the registry says of it; nothing of a system's own name. */
  readonly row: AttributeRow | undefined;
  readonly type: ValueType | undefined;
  readonly values: readonly string[] | undefined;
  /** Whether it holds for all events of a run: it describes the definition, the job or the run. */
  readonly isLasting: boolean;
  /** Whether it describes the definition. */
  readonly isConstant: boolean;
  /** Whether it is what a job counted. */
  readonly isCounter: boolean;
  /** Whether a run's span takes it from the event; what spans say of messaging is the recorder's own. */
  readonly isOnSpan: boolean;
  /** Whether it has limits or a place of its own, which only `normalise` knows. */
  readonly isSpecial: boolean;
  /** Where a writer keeps what it made of the name. */
  encoded: Uint8Array | undefined;
}

/** Begins the name of each counter. */
export const counterPrefix = "job.counter.";
const counterRow = registry["job.counter.<key>"];

/** The registry's row of an attribute, also of one in a family such as `job.counter.<key>`. */
export const rowOf = (name: string): AttributeRow | undefined =>
  rows.get(name) ?? (name.startsWith(counterPrefix) ? counterRow : undefined);

const rows = new Map(Object.entries(registry));

/**
 * A counter's name as an attribute can have it. Stores that nest objects at points cannot hold `emails` beside
 * `emails.failed`, and drop one of the records.
 */
export const counterName = (name: string): string => name.replaceAll(/^[.\s]+|[.\s]+$/g, "").replaceAll(/[.\s]+/g, "_");

/** Whether a name stands in the registry as it is, not as one of a family. */
export const isRegistered = (name: string): boolean => rows.has(name);

/** Whether a name can be sent, and be set on an object. */
export const isName = (name: string): boolean =>
  name !== "" && name.length <= 128 && name !== "__proto__" && name !== counterPrefix && name.isWellFormed();

/** Attributes that an event holds in fields of its own, or that have limits of their own. */
const special: ReadonlySet<string> = new Set([
  "error.type",
  "exception.message",
  "exception.stacktrace",
  "log.record.original",
  "job.record.cut",
  "job.record.rest",
  "job.record.content",
]);

const interned = new Map<string, Key>();
const mostInterned = 4096;

/** The key of a name: one object for each name of the registry. Names that a host makes up per job are not kept. */
export function keyOf(name: string): Key {
  const known = interned.get(name);
  if (known !== undefined) return known;
  const made = make(name);
  if (interned.size < mostInterned || rows.has(name)) interned.set(name, made);
  return made;
}

/** A fixed list of keys: made once, it stands beside the values of each record. */
export const keys = (...names: readonly AttributeName[]): readonly Key[] => names.map(keyOf);

function make(name: string): Key {
  const row = rowOf(name);
  const scope = row?.scope;
  return {
    name,
    utf8: Buffer.from(name),
    row,
    type: row?.type,
    values: row?.values,
    isLasting: scope !== "event" && scope !== "record",
    isCounter: name.startsWith(counterPrefix),
    isConstant: scope === "definition" && name.startsWith("job."),
    isOnSpan: name.startsWith("job.") && row?.on.includes("S") === true,
    isSpecial: special.has(name) || (!rows.has(name) && !isName(name)),
    encoded: undefined,
  };
}
