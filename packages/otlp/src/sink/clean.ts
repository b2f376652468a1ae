import { diag } from "@jobtrail/core/recorder";

/** What an attribute's value may be, and how long. */
export interface ValueRule {
  /** The most characters of a text, or bytes. */
  readonly length: number;
  /** Whether lists of texts, numbers or booleans and those alone are allowed; else anything nested. */
  readonly simple: boolean;
}

/** What is left of attributes, and how many were not kept. */
export interface Cleaned {
  readonly values: Map<string, unknown>;
  readonly dropped: number;
}

/** Attributes as OpenTelemetry's SDK would keep them. */
export function clean(given: unknown, most: number, rule: ValueRule): Cleaned {
  const values = new Map<string, unknown>();
  let dropped = 0;
  if (typeof given === "object" && given !== null)
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      if (values.size >= most || !isKept(name, value, rule)) dropped++;
      else values.set(name, shortened(value, rule.length));
    }
  return { values, dropped };
}

/** Whether an attribute can be kept; one that cannot is reported through `diag`. */
export function isKept(name: string, value: unknown, { simple }: ValueRule): boolean {
  const valid = isScalar(value) || (simple ? isSimple(value) : isAny(value, new Set()));
  if (name !== "" && valid) return true;
  diag.warn(name === "" ? `Invalid attribute key: ${name}` : `Invalid attribute value set for key: ${name}`);
  return false;
}

/** A copy with each text and each row of bytes cut to a length. */
export function shortened(value: unknown, length: number): unknown {
  if (typeof value === "string") return value.length <= length ? value : value.slice(0, length);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value.length <= length ? value : value.slice(0, length);
  if (Array.isArray(value)) return value.map((item: unknown) => shortened(item, length));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, shortened(item, length)]),
  );
}

function isSimple(value: unknown): boolean {
  if (!Array.isArray(value)) return isScalar(value);
  const first: unknown = value.find((item) => item !== null && item !== undefined);
  return (value as readonly unknown[]).every(
    (item) => item === null || item === undefined || (typeof item === typeof first && isScalar(item)),
  );
}

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** Whether a value is plain data that does not contain itself. */
function isAny(value: unknown, around: Set<object>): boolean {
  if (isScalar(value) || value === null) return true;
  if (typeof value !== "object") return false;
  if (value instanceof Uint8Array) return true;
  if (around.has(value)) return false;
  const made: unknown = value.constructor;
  if (!Array.isArray(value) && made !== Object && made !== undefined) return false;
  around.add(value);
  const valid = Object.values(value).every((item) => item === undefined || isAny(item, around));
  around.delete(value);
  return valid;
}
