import { ROOT_CONTEXT, createContextKey, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";

/** A context with one more value than another, which it points to: the API's own copies all values for each new one. */
class Linked implements Context {
  readonly #parent: Context;
  readonly #key: symbol;
  readonly #value: unknown;

  constructor(parent: Context, key: symbol, value: unknown) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new Linked(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new Linked(this, key, undefined);
  }
}

/** The key under which the API keeps the active span. It is not public, so a probe tells it. */
const spanKey: symbol = keyOfSpan();

function keyOfSpan(): symbol {
  let found = createContextKey("no span");
  const probe: Context = {
    getValue: () => undefined,
    setValue(key) {
      found = key;
      return probe;
    },
    deleteValue: () => probe,
  };
  trace.setSpan(probe, trace.wrapSpanContext({ traceId: "", spanId: "", traceFlags: 0 }));
  return found;
}

/** A context in which a span is active; within the root one, unless another is given. */
export const withSpan = (span: Span, parent: Context = ROOT_CONTEXT): Context => new Linked(parent, spanKey, span);
