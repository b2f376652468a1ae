import type { Attributes } from "@opentelemetry/api";
import { attributes as registry } from "@jobtrail/conventions";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { rowOf, textLimit, valueAt } from "../event/normalise.ts";
import { fit } from "../event/value.ts";

/**
 * What is equal for all jobs of one kind, interned: a writer may keep here what it made of it once.
 */
export interface Definition {
  readonly attributes: DefinitionAttributes;
  /** Whether its jobs are to be left alone. */
  readonly ignored: boolean;
  /** The attributes that its spans begin with. */
  readonly span: Attributes;
  /** The attributes of its run metrics, and of its schedule's. */
  readonly point: Attributes;
  readonly schedulePoint: Attributes;
}

const most = 10_000;

/** Lets through so many distinct names; all others are one. */
export function distinct(most: number): (name: string | undefined) => string | undefined {
  const names = new Set<string>();
  return (name) => {
    if (name === undefined || names.has(name)) return name;
    if (names.size >= most) return "_OTHER";
    names.add(name);
    return name;
  };
}

/** Gives the one definition for equal constants. */
export function definitions(
  cardinalityLimit: number,
  ignores: (constants: DefinitionAttributes) => boolean,
): (constants: DefinitionAttributes) => Definition {
  const known = new Map<string, Definition>();
  const limited = distinct(cardinalityLimit);
  return (given) => {
    const constants = areSound(given) ? given : sound(given);
    const key = keyOf(constants);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(constants, ignores(constants), limited);
    // Names may be made up per job; such definitions are not kept.
    if (known.size < most) known.set(key, made);
    return made;
  };
}

/** Whether constants are what their type says, and short; a host's own names may be anything. */
function areSound(constants: DefinitionAttributes): boolean {
  for (const key in constants) {
    const value: unknown = constants[key as "job.name"];
    if (value !== undefined && (typeof value !== "string" || value.length > textLimit)) return false;
  }
  return true;
}

function sound(constants: DefinitionAttributes): DefinitionAttributes {
  const known: Record<string, unknown> = { "job.system.name": "unknown" };
  for (const key in constants) {
    const value = fit(constants[key as "job.name"], rowOf(key), textLimit, key, new Set());
    if (value !== undefined) known[key] = value;
  }
  return known as unknown as DefinitionAttributes;
}

const keyOf = (constants: DefinitionAttributes): string =>
  `${constants["job.system.name"]}\n${constants["job.namespace"]}\n${constants["job.queue.name"]}\n${constants["job.name"]}\n${constants["job.schedule.id"]}\n${constants["job.schedule.expression"]}\n${constants["job.schedule.timezone"]}`;

function make(
  given: DefinitionAttributes,
  ignored: boolean,
  limited: (name: string | undefined) => string | undefined,
): Definition {
  const attributes = defined(given as unknown as Attributes);
  const system = given["job.system.name"];
  const queue = given["job.queue.name"];
  const point = defined({
    "job.system.name": system,
    "job.queue.name": limited(queue),
    "job.name": limited(given["job.name"]),
  });
  return {
    attributes: attributes as unknown as DefinitionAttributes,
    ignored,
    span: {
      ...Object.fromEntries(Object.entries(attributes).filter(([key]) => rowOf(key)?.on.includes("S"))),
      ...(queue !== undefined && { "messaging.system.name": system, "messaging.destination.name": queue }),
    },
    point,
    schedulePoint: defined({ "job.system.name": system, "job.schedule.id": limited(given["job.schedule.id"]) }),
  };
}

const defined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

/** The constants among an event's attributes. */
export function definitionIn(attributes: JobAttributes): DefinitionAttributes {
  const constants: Record<string, unknown> = { "job.system.name": "unknown" };
  for (const key of definitionKeys) constants[key] = valueAt(attributes, key) ?? constants[key];
  return constants as unknown as DefinitionAttributes;
}

const definitionKeys = Object.entries(registry)
  .filter(([key, row]) => row.scope === "definition" && key.startsWith("job."))
  .map(([key]) => key as keyof DefinitionAttributes);
