import { diag } from "@jobtrail/core/recorder";
import { SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type {
  AttributeValue,
  Attributes,
  Exception,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput,
} from "@opentelemetry/api";
import { elapsedMs } from "@jobtrail/core/clock";
import { fromMillis, isTime, now, toMillis } from "@jobtrail/core/event";
import { objectOf } from "@jobtrail/core/recorder";
import type { Layer, SpanStart } from "@jobtrail/core/recorder";
import { clean, isKept, shortened } from "./clean.ts";
import type { Cleaned } from "./clean.ts";
import type { SpanLimits } from "./limits.ts";

/** Something that happened within a span. */
export interface SpanEvent extends Cleaned {
  readonly name: string;
  readonly time: HrTime;
}

/** A link to another span. */
export interface SpanLink extends Cleaned {
  readonly context: SpanContext;
}

/** A span of our own, with the ways of the SDK's. What it began with stays in layers; what comes later stands beside. */
export class WireSpan implements Span {
  readonly parent: SpanContext | undefined;
  readonly kind: number;
  readonly start: HrTime;
  name: string;
  /** What it began with; none once all attributes are in `late`. */
  layers: readonly Layer[];
  /** What was set later, and all attributes where one of the first ones was set again or a limit is low. */
  late: Map<string, unknown> | undefined;
  events: SpanEvent[] = [];
  links: SpanLink[] = [];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  finish: HrTime = [0, 0];
  readonly dropped = { attributes: 0, events: 0, links: 0 };
  readonly #context: SpanContext;
  readonly #limits: SpanLimits;
  readonly #ended: (span: WireSpan) => void;
  #count: number;
  #isEnded = false;

  constructor(
    made: SpanStart,
    context: SpanContext,
    parent: SpanContext | undefined,
    limits: SpanLimits,
    ended: (span: WireSpan) => void,
  ) {
    this.name = made.name;
    this.kind = made.kind;
    this.start = made.time;
    this.parent = parent;
    this.layers = made.layers;
    this.#context = context;
    this.#limits = limits;
    this.#ended = ended;
    this.#count = 0;
    for (let i = 0; i < made.layers.length; i++) this.#count += made.layers[i]?.keys.length ?? 0;
    if (this.#count > limits.attributes || limits.length !== Infinity) this.#shorten();
    for (let i = 0; i < made.links.length; i++) this.#link(made.links[i] as Link, true);
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  setAttribute(name: string, value: AttributeValue): this {
    if (this.#isOver() || value === undefined) return this;
    const isNew = !this.#has(name);
    if (isNew && this.#count >= this.#limits.attributes && name !== "") {
      this.dropped.attributes++;
      if (this.dropped.attributes === 1) diag.warn("Dropping extra attributes.");
      return this;
    }
    const isPlain = name !== "" && this.#isPlain(value);
    if (!isPlain && !isKept(name, value, { length: 0, simple: false })) return this;
    if (isNew) this.#count++;
    else if (this.late?.has(name) !== true) this.#flatten();
    (this.late ??= new Map()).set(name, isPlain ? value : shortened(value, lengthOf(this.#limits)));
    return this;
  }

  /** Whether a value is kept as it is, without a look into it. */
  #isPlain(value: AttributeValue): boolean {
    return typeof value === "boolean" || (typeof value === "string" && this.#isEndless);
  }

  setAttributes(attributes: Attributes): this {
    for (const [name, value] of Object.entries(attributes)) this.setAttribute(name, value);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#isOver()) return this;
    const { events: most, attributesPerEvent, length } = this.#limits;
    if (most === 0) {
      diag.warn("No events allowed.");
      this.dropped.events++;
      return this;
    }
    if (this.events.length >= most) {
      this.events.shift();
      this.dropped.events++;
    }
    const isOfTime = isTimeInput(attributesOrTime);
    const at = isOfTime && !isTimeInput(time) ? attributesOrTime : time;
    const attributes = clean(isOfTime ? undefined : attributesOrTime, attributesPerEvent, { length, simple: true });
    this.events.push({ name, time: timeOf(at), ...attributes });
    return this;
  }

  addLink(link: Link): this {
    if (!this.#isOver()) this.#link(link);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (this.#isOver()) return this;
    if (status.code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return this;
    const { code, message } = status;
    this.status = { code, ...(code === SpanStatusCode.ERROR && typeof message === "string" && { message }) };
    return this;
  }

  updateName(name: string): this {
    if (!this.#isOver()) this.name = name;
    return this;
  }

  end(time?: TimeInput): void {
    if (this.#isEnded) {
      const { traceId, spanId } = this.#context;
      diag.error(`${this.name} ${traceId}-${spanId} - You can only call end() on a span once.`);
      return;
    }
    const end = timeOf(time);
    const isSound = end[0] > this.start[0] || (end[0] === this.start[0] && end[1] >= this.start[1]);
    if (!isSound) diag.warn("Inconsistent start and end time, startTime > endTime. Setting span duration to 0ms.");
    this.finish = isSound ? end : this.start;
    this.#isEnded = true;
    this.#ended(this);
  }

  isRecording(): boolean {
    return !this.#isEnded;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception);
    if (attributes["exception.type"] === undefined && attributes["exception.message"] === undefined)
      diag.warn(`Failed to record an exception ${String(exception)}`);
    else this.addEvent("exception", attributes, time);
  }

  /** Whether the span is sent. */
  get isSampled(): boolean {
    return (this.#context.traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  /** Whether texts may have any length. */
  get #isEndless(): boolean {
    return this.#limits.length === Infinity;
  }

  #isOver(): boolean {
    if (this.#isEnded) {
      const { traceId, spanId } = this.#context;
      diag.warn(`Cannot execute the operation on ended Span {traceId: ${traceId}, spanId: ${spanId}}`);
    }
    return this.#isEnded;
  }

  #has(name: string): boolean {
    if (this.late?.has(name) === true) return true;
    for (const layer of this.layers) if (layer.has(name)) return true;
    return false;
  }

  /** Keeps all attributes by name, so that one of the first ones can be set again. */
  #flatten(): void {
    this.late = new Map([...Object.entries(objectOf(this.layers)), ...(this.late ?? [])]);
    this.layers = [];
  }

  #shorten(): void {
    const { attributes, length } = this.#limits;
    const { values, dropped } = clean({ ...objectOf(this.layers) }, attributes, { length, simple: false });
    this.late = values;
    this.layers = [];
    this.#count = values.size;
    this.dropped.attributes += dropped;
  }

  /** @param isFirst whether the span begins with it: then its attributes are our own, the same object for many spans. */
  #link({ context, attributes }: Link, isFirst = false): void {
    const { links: most, attributesPerLink, length } = this.#limits;
    if (most === 0) {
      this.dropped.links++;
      return;
    }
    if (this.links.length >= most) {
      this.links.shift();
      this.dropped.links++;
    }
    const known = isFirst && length === Infinity && attributes !== undefined ? cleaned.get(attributes) : undefined;
    const { values, dropped } =
      (known !== undefined && known.values.size <= attributesPerLink ? known : undefined) ??
      clean(attributes, attributesPerLink, { length, simple: false });
    if (isFirst && length === Infinity && attributes !== undefined && dropped === 0)
      cleaned.set(attributes, { values, dropped });
    this.links.push({ context, values, dropped });
  }
}

/** What was made of attributes that many links have. */
const cleaned = new WeakMap<Attributes, Cleaned>();

/** A limit that is not positive counts as none, as in the SDK. */
const lengthOf = ({ length }: SpanLimits): number => (length > 0 ? length : Infinity);

function exceptionAttributes(exception: Exception): Attributes {
  if (typeof exception === "string") return { "exception.message": exception };
  const { code, name, message, stack } = (exception ?? {}) as {
    readonly code?: string | number;
    readonly name?: string;
    readonly message?: string;
    readonly stack?: string;
  };
  const type = code ? String(code) : name;
  return {
    ...(type && { "exception.type": type }),
    ...(message && { "exception.message": message }),
    ...(stack && { "exception.stacktrace": stack }),
  };
}

const isTimeInput = (value: unknown): value is TimeInput =>
  typeof value === "number" || value instanceof Date || isHrTime(value);

const isHrTime = (value: unknown): value is HrTime =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === "number" && typeof value[1] === "number";

/** A time as OpenTelemetry takes it: a number below the process's age is one of `performance.now`. */
function timeOf(given: TimeInput | undefined): HrTime {
  if (typeof given === "number")
    return fromMillis(given <= elapsedMs() ? toMillis(now()) - elapsedMs() + given : given);
  if (given instanceof Date) return fromMillis(given.getTime());
  return isHrTime(given) && isTime(given) ? given : now();
}
