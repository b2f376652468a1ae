import { attributes as registry, events, metrics, spans as spanNames } from "@jobtrail/conventions";
import type { AttributeRow } from "@jobtrail/conventions";
import type { PointData, Received, SpanData } from "@jobtrail/otlp";
import { isOurs } from "./emitted.ts";
import type { Emitted } from "./emitted.ts";

/**
 * Checks that all telemetry of Jobtrail's keeps to its registry: names of events, spans, metrics and
 * attributes, their types and closed lists, and where each may stand. What the app or another
 * library emitted is not looked at.
 * @throws Error that names each breach once.
 */
export async function assertConventional(emitted: Pick<Emitted, "records" | "spans" | "points">): Promise<void> {
  const breaches = new Set([
    ...emitted.records().filter(isOurs).flatMap(recordBreaches),
    ...emitted.spans().filter(isOurs).flatMap(spanBreaches),
    ...(await emitted.points()).filter(isOurs).flatMap(pointBreaches),
  ]);
  if (breaches.size > 0) throw new Error(`Against the registry:\n${[...breaches].join("\n")}`);
}

function recordBreaches({ record: { eventName = "(none)", body, attributes } }: Received): string[] {
  return [
    ...(Object.hasOwn(events, eventName) ? [] : [`event ${eventName}: no such event`]),
    ...(typeof body === "string" && body !== "" ? [] : [`event ${eventName}: its body is no sentence`]),
    ...attributeBreaches(`event ${eventName}`, "L", attributes),
  ];
}

function spanBreaches({ name, kind, attributes, links }: SpanData): string[] {
  const patterns = Object.entries(spanNames).filter(([, row]) => row.kind.toLowerCase() === kind);
  return [
    ...(patterns.some(([pattern]) => asPattern(pattern).test(name)) ? [] : [`span ${name} (${kind}): no such span`]),
    ...attributeBreaches(`span ${name}`, "S", attributes),
    ...links.flatMap((link) => attributeBreaches(`a link of span ${name}`, "S", link.attributes)),
  ];
}

/** `process {queue}` as a pattern: what stands in braces is the host's own name, which may be any that shows something. */
const asPattern = (name: string): RegExp => new RegExp(`^${name.replaceAll(/\{\w+\}/g, "[^]*\\S[^]*")}$`);

const types: Readonly<Record<string, PointData["type"]>> = {
  counter: "sum",
  updowncounter: "sum",
  histogram: "histogram",
  gauge: "gauge",
};

function pointBreaches({ name, unit, type, monotonic = false, attributes }: PointData): string[] {
  const row = Object.hasOwn(metrics, name) ? metrics[name as keyof typeof metrics] : undefined;
  if (row === undefined) return [`metric ${name}: no such metric`];
  const extra = Object.keys(attributes).filter((key) => !row.attributes.includes(key));
  return [
    ...(unit === row.unit ? [] : [`metric ${name}: its unit is ${unit}; expected ${row.unit}`]),
    ...(type === types[row.instrument] ? [] : [`metric ${name}: it is a ${type}; expected ${row.instrument}`]),
    ...(type !== "sum" || monotonic === (row.instrument === "counter")
      ? []
      : [`metric ${name}: it may ${monotonic ? "only rise" : "fall"}; expected ${row.instrument}`]),
    ...extra.map((key) => `metric ${name}: ${key} is none of its attributes`),
    ...attributeBreaches(`metric ${name}`, "M", attributes),
  ];
}

/** What the attributes of one record, span or point do against the registry. */
function attributeBreaches(of: string, place: string, given: Readonly<Record<string, unknown>>): string[] {
  const system = given["job.system.name"];
  return Object.entries(given).flatMap(([key, value]) => {
    const row = rowOf(key);
    if (row === undefined) return isOwn(key, system) ? [] : [`${of}: ${key} is no attribute of the registry`];
    return [
      ...(row.on.includes(place) ? [] : [`${of}: ${key} may not stand here`]),
      ...(isOfType(value, row) ? [] : [`${of}: ${key} is ${JSON.stringify(value)}; expected ${expected(row)}`]),
    ];
  });
}

const families = Object.entries(registry)
  .filter(([key]) => key.endsWith(".<key>"))
  .map(([key, row]) => [key.slice(0, -"<key>".length), row] as const);

const rowOf = (key: string): AttributeRow | undefined =>
  Object.hasOwn(registry, key) ? registry[key] : families.find(([prefix]) => key.startsWith(prefix))?.[1];

/** Whether a name is the system's own: it begins with the system's name, without what no name may hold. */
const isOwn = (key: string, system: unknown): boolean =>
  typeof system === "string" && key.startsWith(`${system.toLowerCase().replaceAll(/[^a-z\d]/g, "")}.`);

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

const tests: Readonly<Record<AttributeRow["type"], (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  int: (value) => Number.isInteger(value),
  double: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  iso: (value) => typeof value === "string" && iso.test(value),
  "string[]": (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
};

const isOfType = (value: unknown, { type, values }: AttributeRow): boolean =>
  tests[type](value) && (values === undefined || values.includes(String(value)));

const expected = ({ type, values }: AttributeRow): string =>
  values === undefined ? type : `one of ${values.join(", ")}`;
