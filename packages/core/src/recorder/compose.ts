import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { Attributes, Context, HrTime, SpanContext } from "@opentelemetry/api";
import { nothing } from "../ambient.ts";
import { Entry, entryOf } from "../event/entry.ts";
import type { JobError } from "../event/event.ts";
import { nextSequence, recordUid } from "../event/identity.ts";
import { keyOf } from "../event/key.ts";
import type { Key } from "../event/key.ts";
import { Layer, layerOf, objectOf } from "../event/layer.ts";
import { isFitted, normalise, valueAt } from "../event/normalise.ts";
import type { Phrases } from "../event/sentence.ts";
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
  /** Who asks and who is asked: an event may say something else. */
  readonly asking: Layer | undefined;
  /** What holds for the run, of what its start said. */
  readonly lasting: Layer | undefined;
  readonly phrases: Phrases;
  /** Whether all that fits as it is; else each record is made by `normalise`. */
  readonly fits: boolean;
}

/** An event while it is put together. */
export class Draft {
  readonly happening: Happening;
  readonly error: JobError | undefined;
  readonly known: Known;
  /** What it says; of a run's start what holds for the whole run. */
  readonly layer: Layer = new Layer();
  /** What a run's start says of itself alone; of other events the same layer. */
  readonly momentary: Layer;
  /** The system's own names. */
  own: Layer | undefined = undefined;
  /** Whether all of it fits as it is, and nothing stands twice. */
  fits: boolean;

  constructor(happening: Happening, known: Known, error: JobError | undefined, isStart: boolean) {
    this.happening = happening;
    this.error = error;
    this.known = known;
    this.momentary = isStart ? new Layer() : this.layer;
    this.fits = known.fits && happening.original === undefined;
  }
}

// A record of more goes through `normalise`, which keeps the limits.
const mostCharacters = 8192;
const mostAttributes = 58;

/**
 * Takes what an event says, and fits it to the registry: the one time that this is done.
 * @param error what is known of one.
 * @param isStart whether what holds for the run is kept apart.
 */
export function draft(
  happening: Happening,
  known: Known,
  error: JobError | undefined = happening.error,
  isStart = false,
): Draft {
  const made = new Draft(happening, known, error, isStart);
  const { keys, values, attributes, own } = happening;
  if (keys !== undefined && values !== undefined)
    for (let i = 0; i < keys.length; i++) {
      const value = values[i];
      if (value !== undefined && value !== null) put(made, keys[i] as Key, value);
    }
  if (attributes !== undefined && attributes !== nothing) putAll(made, attributes, keys !== undefined);
  if (own !== undefined) putOwn(made, own);
  return made;
}

function put(made: Draft, key: Key, value: unknown): void {
  if (!fits(key, value)) made.fits = false;
  if (!key.isLasting) return made.momentary.put(key, value);
  const { definition, lasting, asking } = made.known;
  const known = key.isConstant ? definition.layer.get(key) : lasting?.get(key);
  if (known === value) return;
  if (known !== undefined || asking?.keys.includes(key) === true) made.fits = false;
  made.layer.put(key, value);
}

function putAll(made: Draft, attributes: object, mayRepeat: boolean): void {
  for (const name of Object.keys(attributes)) {
    const key = keyOf(name);
    const value = valueAt(attributes, name);
    if (value === undefined || value === null) continue;
    if (key.row === undefined || (mayRepeat && (key.isLasting ? made.layer : made.momentary).keys.includes(key)))
      made.fits = false;
    put(made, key, value);
  }
}

function putOwn(made: Draft, own: object): void {
  const layer = (made.own = new Layer());
  for (const name of Object.keys(own)) {
    const key = keyOf(name);
    const value = valueAt(own, name);
    if (value === undefined || value === null) continue;
    if (key.row !== undefined || !fits(key, value)) made.fits = false;
    layer.put(key, value);
  }
}

/** Adds what is known from elsewhere, where the event does not say it itself. */
export function add(made: Draft, key: Key, value: unknown): void {
  if (value !== undefined && value !== null && !made.layer.keys.includes(key)) put(made, key, value);
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
    phrases: made.known.phrases,
  });
}

/** The event as it will be, for who has to know of it before it has a span. */
export function preview(made: Draft): Entry {
  const { name, time, seen = now(), error } = made.happening;
  return new Entry({ name, time, seen, layers: [layerOf(attributesOf(made))], error, span: undefined });
}

function isPlain({ fits, known, layer, momentary, own, error }: Draft): boolean {
  if (!fits || (error !== undefined && !isFitted(error))) return false;
  const { definition, asking, lasting } = known;
  const extra = momentary === layer ? none : momentary;
  const asked = asking ?? none;
  const run = lasting ?? none;
  const ours = own ?? none;
  return (
    definition.layer.size + asked.size + run.size + layer.size + extra.size + ours.size + sizeOf(error) <=
      mostCharacters &&
    definition.layer.keys.length +
      asked.keys.length +
      run.keys.length +
      layer.keys.length +
      extra.keys.length +
      ours.keys.length <=
      mostAttributes
  );
}

const none = new Layer();

const sizeOf = (error: JobError | undefined): number =>
  error === undefined ? 0 : 64 + error.type.length + (error.message?.length ?? 0) + (error.stack?.length ?? 0);

/** What is shared by most records stands first, the event's own last. */
function layersOf({ known, layer, momentary, own }: Draft): Layer[] {
  const layers = [known.definition.layer];
  if (known.asking !== undefined) layers.push(known.asking);
  if (known.lasting !== undefined) layers.push(known.lasting);
  if (own !== undefined) layers.push(own);
  layers.push(layer);
  if (momentary !== layer) layers.push(momentary);
  return layers;
}

/** All that is said, by name: the event's own words win. */
function attributesOf({ known, layer, momentary }: Draft): Record<string, unknown> {
  const { definition, lasting, asking } = known;
  const all = objectOf([definition.layer, ...(lasting === undefined ? [] : [lasting]), layer, momentary]);
  asking?.keys.forEach((key, i) => (all[key.name] ??= asking.values[i]));
  return all;
}

function fitted(
  made: Draft,
  {
    time,
    seen,
    span,
  }: { readonly time: HrTime | undefined; readonly seen: HrTime; readonly span: SpanContext | undefined },
  context: Context | undefined,
): Entry {
  const { error } = made;
  const { name, own, original } = made.happening;
  const whole = made.happening.span ?? span;
  const event = normalise({
    name,
    ...(time !== undefined && { time }),
    seen,
    attributes: attributesOf(made) as JobAttributes,
    ...(own !== undefined && { own }),
    ...(error !== undefined && { error }),
    ...(whole !== undefined && { span: whole }),
    ...(original !== undefined && { original }),
  });
  return entryOf(event, made.happening.span === undefined ? context : undefined);
}

/** Gives a record its place among this process's, where it does not come with one. */
function stamp(layer: Layer): void {
  const { keys } = layer;
  let sequence = layer.get(sequenceKey);
  const hasUid = typeof layer.get(uidKey) === "string";
  if (!keys.includes(sourceKey)) layer.put(sourceKey, "hook");
  if (typeof sequence !== "number") layer.put(sequenceKey, (sequence = nextSequence()));
  if (!hasUid) layer.put(uidKey, recordUid(sequence as number));
}

const sourceKey = keyOf("job.record.source");
const sequenceKey = keyOf("job.event.sequence");
const uidKey = keyOf("log.record.uid");
