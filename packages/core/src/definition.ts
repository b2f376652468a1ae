import type { Attributes } from "@opentelemetry/api";
import type { DefinitionAttributes } from "@jobtrail/conventions";
import { rowOf } from "./normalise.ts";

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
const other = "_OTHER";

/** Gives the one definition for equal constants. */
export function definitions(
  cardinalityLimit: number,
  ignores: (constants: DefinitionAttributes) => boolean,
): (constants: DefinitionAttributes) => Definition {
  const known = new Map<string, Definition>();
  const names = new Set<string>();
  const limited = (name: string | undefined): string | undefined => {
    if (name === undefined || names.has(name)) return name;
    if (names.size >= cardinalityLimit) return other;
    names.add(name);
    return name;
  };
  return (constants) => {
    const key = keyOf(constants);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(constants, ignores(constants), limited);
    // Names may be made up per job; such definitions are not kept.
    if (known.size < most) known.set(key, made);
    return made;
  };
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
