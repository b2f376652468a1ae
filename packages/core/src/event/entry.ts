import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { Attributes, Context, HrTime, SpanContext } from "@opentelemetry/api";
import type { JobError, JobEvent } from "./event.ts";
import { keyOf } from "./key.ts";
import type { Key } from "./key.ts";
import { layerOf, objectOf } from "./layer.ts";
import type { Layer } from "./layer.ts";
import { sentenceOf } from "./sentence.ts";
import type { Phrases } from "./sentence.ts";
import { severity } from "./severity.ts";

/** An event that is fitted to the registry and its limits, in layers: what a sink writes. No name stands in two layers. */
export class Entry {
  readonly name: EventName;
  readonly time: HrTime | undefined;
  readonly seen: HrTime;
  readonly layers: readonly Layer[];
  readonly error: JobError | undefined;
  readonly original: string | undefined;
  readonly span: SpanContext | undefined;
  /** The context that has that span, where one was made anyway. */
  readonly context: Context | undefined;
  /** What stands in the body instead of the sentence. */
  readonly content: string | undefined;
  /** Parts of the sentence that its definition and its run have made already. */
  readonly phrases: Phrases | undefined;

  constructor(made: {
    readonly name: EventName;
    readonly time: HrTime | undefined;
    readonly seen: HrTime;
    readonly layers: readonly Layer[];
    readonly error: JobError | undefined;
    readonly original?: string | undefined;
    readonly span: SpanContext | undefined;
    readonly context?: Context | undefined;
    readonly content?: string | undefined;
    readonly phrases?: Phrases | undefined;
  }) {
    this.name = made.name;
    this.time = made.time;
    this.seen = made.seen;
    this.layers = made.layers;
    this.error = made.error;
    this.original = made.original;
    this.span = made.span;
    this.context = made.context;
    this.content = made.content;
    this.phrases = made.phrases;
  }

  /** The value of an attribute. */
  get<K extends keyof JobAttributes>(name: K): JobAttributes[K] {
    return this.value(keyOf(name)) as JobAttributes[K];
  }

  /** The value of a key. */
  value(key: Key): unknown {
    const { layers } = this;
    // The event's own layer is the last.
    for (let i = layers.length - 1; i >= 0; i--) {
      const value = layers[i]?.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The body of its record. */
  get body(): string {
    return this.content ?? sentenceOf(this);
  }

  /** OTel severity number. */
  get severity(): number {
    return severity(this);
  }
}

/** The entry of an event that is known to be fitted. */
/** @param content stands in its body instead of the sentence. */
export const entryOf = (fitted: JobEvent, context?: Context, content?: string): Entry =>
  new Entry({
    name: fitted.name,
    time: fitted.time,
    seen: fitted.seen,
    layers: fitted.own === undefined ? [layerOf(fitted.attributes)] : [layerOf(fitted.attributes), layerOf(fitted.own)],
    error: fitted.error,
    original: fitted.original,
    span: fitted.span,
    context,
    content,
  });

/** The flat event of an entry: for hooks, for renderings, for who reads. */
export function eventOf({ name, time, seen, layers, error, original, span }: Entry): JobEvent {
  const all = objectOf(layers);
  const attributes: Record<string, unknown> = {};
  const own: Attributes = {};
  let hasOwn = false;
  for (const layer of layers)
    for (const key of layer.keys) {
      if (key.row === undefined) hasOwn = true;
      if (key.row === undefined) own[key.name] = all[key.name];
      else attributes[key.name] = all[key.name];
    }
  return {
    name,
    ...(time !== undefined && { time }),
    seen,
    attributes: attributes as JobAttributes,
    ...(hasOwn && { own }),
    ...(error !== undefined && { error }),
    ...(span !== undefined && { span }),
    ...(original !== undefined && { original }),
  };
}
