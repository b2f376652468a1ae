import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { Attributes, Context, HrTime, SpanContext } from "@opentelemetry/api";
import { nothing } from "../ambient.ts";
import { Entry, entryOf } from "../event/entry.ts";
import type { JobError } from "../event/event.ts";
import { nextSequence, recordUid } from "../event/identity.ts";
import { keyOf } from "../event/key.ts";
import type { Key } from "../event/key.ts";
import { Layer, objectOf } from "../event/layer.ts";
import { isFitted, normalise, valueAt } from "../event/normalise.ts";
import { isTime, now } from "../event/time.ts";
import { fits } from "../event/value.ts";
import type { Definition } from "./definition.ts";

/**
 * Something that happened, as an instrumentation says it: a fixed list of keys and, beside it, their
 * values; what is undefined is absent. A `JobEvent` is one without keys.
 */
export interface Happening {
  readonly name: EventName;
  /** Absent where the source does not say. */
  readonly time?: HrTime | undefined;
  /** Absent: now. */
  readonly seen?: HrTime | undefined;
  /** Made once by `keys`. */
  readonly keys?: readonly Key[] | undefined;
  readonly values?: readonly unknown[] | undefined;
  /** What is rare, by name; it wins over what stands among the values. */
  readonly attributes?: JobAttributes | undefined;
  /** The system's own names, such as `bullmq.*`. */
  readonly own?: Attributes | undefined;
  readonly error?: JobError | undefined;
  readonly span?: SpanContext | undefined;
  readonly original?: string | undefined;
}

/** What is known before an event says more: its definition, and what holds for its run. */
export interface Known {
  readonly definition: Definition;
  readonly lasting: Layer | undefined;
  /** Whether that fits as it is; else each record is made by `normalise`. */
  readonly fits: boolean;
}

/** An event while it is put together. */
export interface Draft {
  readonly happening: Happening;
  readonly error: JobError | undefined;
  readonly known: Known;
  /** What holds for the whole run, of what the event says. */
  readonly lasting: Layer;
  /** What it says of itself alone. */
  readonly momentary: Layer;
  /** The system's own names. */
  readonly own: Layer | undefined;
  /** Whether all of it fits as it is, and nothing stands twice. */
  fits: boolean;
}

// A record of more goes through `normalise`, which keeps the limits.
const mostCharacters = 8192;
const mostAttributes = 58;

/** Sorts what an event says, and fits it to the registry: the one time that this is done. @param error what is known of one. */
export function draft(happening: Happening, known: Known, error: JobError | undefined = happening.error): Draft {
  const made: Draft = {
    happening,
    error,
    known,
    lasting: new Layer(),
    momentary: new Layer(),
    own: happening.own === undefined ? undefined : new Layer(),
    fits: known.fits && happening.original === undefined,
  };
  const { keys, values, attributes, own } = happening;
  if (keys !== undefined && values !== undefined)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key !== undefined) put(made, key, values[i]);
    }
  if (attributes !== undefined && attributes !== nothing) putAll(made, attributes, keys !== undefined);
  if (own !== undefined) putOwn(made, own);
  return made;
}

function put(made: Draft, key: Key, value: unknown): void {
  if (value === undefined || value === null) return;
  if (!fits(key, value)) made.fits = false;
  if (key.isLasting) {
    const known = key.isConstant ? made.known.definition.layer.get(key.name) : made.known.lasting?.get(key.name);
    if (known === value) return;
    if (known !== undefined) made.fits = false;
    made.lasting.put(key, value);
  } else made.momentary.put(key, value);
}

function putAll(made: Draft, attributes: object, mayRepeat: boolean): void {
  for (const name of Object.keys(attributes)) {
    const key = keyOf(name);
    const value = valueAt(attributes, name);
    if (mayRepeat && value !== undefined && (key.isLasting ? made.lasting : made.momentary).has(name))
      made.fits = false;
    if (key.row === undefined) made.fits = false;
    put(made, key, value);
  }
}

function putOwn(made: Draft, own: object): void {
  for (const name of Object.keys(own)) {
    const key = keyOf(name);
    const value = valueAt(own, name);
    if (value === undefined || value === null) continue;
    if (key.row !== undefined || !fits(key, value)) made.fits = false;
    made.own?.put(key, value);
  }
}

/** Adds what is known from elsewhere, where the event does not say it itself. */
export function add(made: Draft, name: string, value: unknown): void {
  if (value !== undefined && !made.lasting.has(name)) put(made, keyOf(name), value);
}

/** Adds all of some attributes in the same way. */
export function addAll(made: Draft, attributes: JobAttributes): void {
  if (attributes === nothing) return;
  for (const name in attributes) add(made, name, attributes[name as "job.id"]);
}

/** The finished event: its layers as they are where all of it fits, else one layer that `normalise` made. @param at its time, where that is known better. */
export function finish(
  made: Draft,
  span: SpanContext | undefined,
  context?: Context,
  at: HrTime | undefined = made.happening.time,
): Entry {
  stamp(made.momentary);
  const { happening } = made;
  const time = at !== undefined && isTime(at) ? at : undefined;
  const seen = happening.seen !== undefined && isTime(happening.seen) ? happening.seen : now();
  if (!isPlain(made)) return fitted(made, { time, seen, span }, context);
  return new Entry({
    name: happening.name,
    time,
    seen,
    layers: layersOf(made),
    error: made.error,
    span: happening.span ?? span,
    context: happening.span === undefined ? context : undefined,
  });
}

/** The event as it will be, for who has to know of it before it has a span. */
export function preview(made: Draft): Entry {
  const { happening, known, lasting, momentary } = made;
  const { name, time, seen = now(), error } = happening;
  return new Entry({ name, time, seen, layers: [known.definition.layer, lasting, momentary], error, span: undefined });
}

function isPlain({ fits, known, lasting, momentary, own, error }: Draft): boolean {
  if (!fits || (error !== undefined && !isFitted(error))) return false;
  const base = known.definition.layer;
  const size =
    base.size + lasting.size + momentary.size + (known.lasting?.size ?? 0) + (own?.size ?? 0) + sizeOf(error);
  const count =
    base.keys.length +
    lasting.keys.length +
    momentary.keys.length +
    (known.lasting?.keys.length ?? 0) +
    (own?.keys.length ?? 0);
  return size <= mostCharacters && count <= mostAttributes;
}

const sizeOf = (error: JobError | undefined): number =>
  error === undefined ? 0 : 64 + error.type.length + (error.message?.length ?? 0) + (error.stack?.length ?? 0);

function layersOf({ known, lasting, momentary, own }: Draft): Layer[] {
  const layers = [known.definition.layer];
  if (known.lasting !== undefined && known.lasting.keys.length > 0) layers.push(known.lasting);
  if (lasting.keys.length > 0) layers.push(lasting);
  layers.push(momentary);
  if (own !== undefined && own.keys.length > 0) layers.push(own);
  return layers;
}

function fitted(
  { happening, known, lasting, momentary, error }: Draft,
  {
    time,
    seen,
    span,
  }: { readonly time: HrTime | undefined; readonly seen: HrTime; readonly span: SpanContext | undefined },
  context: Context | undefined,
): Entry {
  const { name, own, original } = happening;
  const layers = [known.definition.layer, ...(known.lasting === undefined ? [] : [known.lasting]), lasting, momentary];
  const whole = happening.span ?? span;
  const event = normalise({
    name,
    ...(time !== undefined && { time }),
    seen,
    attributes: objectOf(layers) as JobAttributes,
    ...(own !== undefined && { own }),
    ...(error !== undefined && { error }),
    ...(whole !== undefined && { span: whole }),
    ...(original !== undefined && { original }),
  });
  return entryOf(event, happening.span === undefined ? context : undefined);
}

/** Gives a record its place among this process's, where it does not come with one. */
function stamp(layer: Layer): void {
  let source: unknown;
  let sequence: unknown;
  let uid: unknown;
  for (let i = 0; i < layer.keys.length; i++) {
    const key = layer.keys[i];
    if (key === sourceKey) source = layer.values[i];
    else if (key === sequenceKey) sequence = layer.values[i];
    else if (key === uidKey) uid = layer.values[i];
  }
  if (source === undefined) layer.put(sourceKey, "hook");
  if (typeof sequence !== "number") layer.put(sequenceKey, (sequence = nextSequence()));
  if (typeof uid !== "string") layer.put(uidKey, recordUid(sequence as number));
}

const sourceKey = keyOf("job.record.source");
const sequenceKey = keyOf("job.event.sequence");
const uidKey = keyOf("log.record.uid");
