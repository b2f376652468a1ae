import type { Attributes } from "@opentelemetry/api";
import { SpanKind } from "@opentelemetry/api";
import { attributes as registry } from "@jobtrail/conventions";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { uidPrefix, uidFrom } from "../event/identity.ts";
import { keyOf, rowOf } from "../event/key.ts";
import { layerOf, objectOf } from "../event/layer.ts";
import { subjectOf } from "../event/sentence.ts";
import type { Phrases } from "../event/sentence.ts";
import type { Layer } from "../event/layer.ts";
import { valueAt } from "../event/normalise.ts";
import { fit, textLimit } from "../event/value.ts";

/** The beginning of a kind of span: its name, and the attributes that all of its kind have. */
export interface SpanOutset {
  readonly name: string;
  readonly kind: SpanKind;
  readonly layer: Layer;
}

/**
 * What is equal for all jobs of one kind, interned: writers keep here what they made of it once.
 */
export interface Definition {
  readonly attributes: DefinitionAttributes;
  /** Its attributes, fitted. */
  readonly layer: Layer;
  /** How its records' sentences begin. */
  readonly phrases: Phrases;
  /** Whether its jobs are to be left alone. */
  readonly ignored: boolean;
  /** How the span of a run begins: named by the queue, or by what is to be done. */
  readonly run: Readonly<Record<"queue" | "name", SpanOutset>>;
  /** How the span of a call that gives jobs to the queue begins. */
  send(verb: string): SpanOutset;
  /** The attributes of its run metrics, and of its schedule's. */
  readonly point: Attributes;
  readonly schedulePoint: Attributes;
  /** The definition of this queue's jobs with a name, and of a schedule; one look in a map. */
  named(name: string | undefined, schedule?: string): Definition;
  /** `job.uid` of the job with that id; with its time of creation where the system uses ids again. */
  uid(id: string, created?: string | number): string;
}

/** Gives the definition of constants. */
export type Define = (constants: DefinitionAttributes) => Definition;

const mostDefinitions = 10_000;
const mostNames = 1000;

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
export function definitions(cardinalityLimit: number, ignores: (constants: DefinitionAttributes) => boolean): Define {
  const known = new Map<string, Definition>();
  const limited = distinct(cardinalityLimit);
  const define: Define = (given) => {
    const constants = areSound(given) ? given : sound(given);
    const text = textOf(constants);
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(constants, ignores(constants), limited, define);
    // Names may be made up per job; such definitions are not kept.
    if (known.size < mostDefinitions) known.set(text, made);
    return made;
  };
  return define;
}

/** Whether constants are what their type says, and short; a host's own names may be anything. */
function areSound(constants: DefinitionAttributes): boolean {
  for (const name in constants) {
    const value: unknown = constants[name as "job.name"];
    if (value === undefined) continue;
    if (rowOf(name) === undefined || typeof value !== "string" || value.length > textLimit || !value.isWellFormed())
      return false;
  }
  return constants["job.system.name"] !== undefined;
}

function sound(constants: DefinitionAttributes): DefinitionAttributes {
  const known: Record<string, unknown> = { "job.system.name": "unknown" };
  for (const name of Object.keys(constants)) {
    const row = rowOf(name);
    const value = row === undefined ? undefined : fit(valueAt(constants, name), row, textLimit, name, new Set());
    if (value !== undefined) known[name] = value;
  }
  return known as unknown as DefinitionAttributes;
}

const textOf = (constants: DefinitionAttributes): string =>
  `${constants["job.system.name"]}\n${constants["job.namespace"]}\n${constants["job.queue.name"]}\n${constants["job.name"]}\n${constants["job.schedule.id"]}\n${constants["job.schedule.expression"]}\n${constants["job.schedule.timezone"]}\n${constants["job.definition.id"]}`;

function make(
  given: DefinitionAttributes,
  ignored: boolean,
  limited: (name: string | undefined) => string | undefined,
  define: Define,
): Definition {
  const attributes = defined(given as unknown as Attributes) as unknown as DefinitionAttributes;
  const {
    "job.system.name": system,
    "job.namespace": namespace,
    "job.queue.name": queue,
    "job.name": name,
  } = attributes;
  const layer = shared(layerOf(attributes));
  const prefix = uidPrefix({ system, namespace, queue });
  const outset = outsets(layer, system, queue);
  const verbs = new Map<string, SpanOutset>();
  const names = new Map<string, Definition>();
  const kind = queue === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER;
  const run = outset(
    queue === undefined ? `run ${name ?? attributes["job.schedule.id"] ?? "job"}` : `process ${queue}`,
    kind,
    queue === undefined ? {} : { "messaging.operation.name": "process", "messaging.operation.type": "process" },
  );
  return {
    attributes,
    layer,
    phrases: { subject: subjectOf({ value: (key) => layer.get(key) }), marks: undefined },
    ignored,
    run: { queue: run, name: queue === undefined || name === undefined ? run : { ...run, name: `process ${name}` } },
    send: (verb) =>
      kept(verbs, verb, () =>
        outset(`${verb} ${queue ?? name ?? ""}`.trimEnd(), SpanKind.PRODUCER, {
          "messaging.operation.name": verb,
          "messaging.operation.type": "send",
        }),
      ),
    point: defined({ "job.system.name": system, "job.queue.name": limited(queue), "job.name": limited(name) }),
    schedulePoint: defined({ "job.system.name": system, "job.schedule.id": limited(attributes["job.schedule.id"]) }),
    named: (word, schedule) =>
      kept(names, schedule === undefined ? `${word}` : `${word}\n${schedule}`, () =>
        define({
          ...attributes,
          ...(word !== undefined && { "job.name": word }),
          ...(schedule !== undefined && { "job.schedule.id": schedule }),
        }),
      ),
    uid: (id, created = "") => uidFrom(prefix, id, created),
  };
}

function kept<V>(among: Map<string, V>, name: string, make: () => V): V {
  const found = among.get(name);
  if (found !== undefined) return found;
  const made = make();
  if (among.size < mostNames) among.set(name, made);
  return made;
}

/** Makes the beginnings of spans: each has the definition's attributes, and says where messages go. */
function outsets(
  layer: Layer,
  system: string,
  queue: string | undefined,
): (name: string, kind: SpanKind, more: Attributes) => SpanOutset {
  const common = objectOf([layer]);
  for (const key of layer.keys) if (!key.isOnSpan) delete common[key.name];
  if (queue !== undefined)
    Object.assign(common, { "messaging.system.name": system, "messaging.destination.name": queue });
  return (name, kind, more) => ({ name, kind, layer: shared(layerOf({ ...common, ...more })) });
}

function shared(layer: Layer): Layer {
  layer.isShared = true;
  return layer;
}

const defined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

/** The constants among an event's attributes. */
export function definitionIn(attributes: JobAttributes): DefinitionAttributes {
  const constants: Record<string, unknown> = { "job.system.name": "unknown" };
  for (const name of definitionKeys) constants[name] = valueAt(attributes, name) ?? constants[name];
  return constants as unknown as DefinitionAttributes;
}

const definitionKeys = Object.keys(registry)
  .filter((name) => keyOf(name).isConstant)
  .map((name) => name as keyof DefinitionAttributes);
