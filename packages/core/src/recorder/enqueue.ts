import type { Context, Span } from "@opentelemetry/api";
import { asked } from "../ambient.ts";
import type { Asked } from "../ambient.ts";
import type { JobError } from "../event/event.ts";
import { now } from "../event/time.ts";
import { inject } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import { draft, finish } from "./compose.ts";
import type { Happening } from "./compose.ts";
import { withSpan } from "./context.ts";
import type { Definition } from "./definition.ts";
import { contexts } from "../globals.ts";
import type { Output } from "./output.ts";
import type { Setup } from "./setup.ts";
import type { SpanStart } from "./sink.ts";
import { close } from "./span.ts";

/** A call that gives jobs to a queue. */
export interface Enqueue {
  /** The context that the system's own call runs in: the PRODUCER span is active. */
  readonly context: Context;
  /** What travels with the job; empty where nothing may. */
  readonly carrier: Carrier;
  /** Records a job that the call queued, once for each. @param of its own definition, where that says more than the call's. */
  emit(queued: Happening, of?: Definition): void;
  /** The call is over. */
  end(error?: JobError): void;
}

/** Opens a PRODUCER span, or takes one that another library made. */
export function enqueue(setup: Setup, definition: Definition, verb: string, adopt: Span | undefined): Enqueue {
  if (definition.ignored) return inertEnqueue();
  const output = setup.output();
  const parent = contexts.active();
  const span = adopt ?? output.span(startOf(definition, verb, parent));
  return new Enqueuing(setup, { output, definition, span, isAdopted: adopt !== undefined, parent });
}

function startOf(definition: Definition, verb: string, parent: Context): SpanStart {
  const { name, kind, layer } = definition.send(verb);
  return { name, kind, time: now(), layers: [layer], links: [], parent };
}

interface Sending {
  readonly output: Output;
  readonly definition: Definition;
  readonly span: Span;
  readonly isAdopted: boolean;
  readonly parent: Context;
}

/** The call behind `Enqueue`. */
class Enqueuing implements Enqueue {
  readonly context: Context;
  readonly carrier: Carrier;
  readonly #setup: Setup;
  readonly #sending: Sending;
  readonly #by: Asked = asked();

  constructor(setup: Setup, sending: Sending) {
    const { span, parent } = sending;
    this.#setup = setup;
    this.#sending = sending;
    this.context = withSpan(span, parent);
    this.carrier = setup.options.propagation ? inject(span.spanContext(), this.#by) : {};
  }

  emit(queued: Happening, of: Definition = this.#sending.definition): void {
    const made = draft(queued, this.#setup.known(of, this.#by, true));
    const { output, span } = this.#sending;
    output.log(finish(made, span.spanContext(), this.context));
  }

  end(error?: JobError): void {
    const { isAdopted, span } = this.#sending;
    if (!isAdopted) close(span, error);
  }
}

const nothing = (): void => undefined;

/** The twin of an enqueue that nobody watches. */
const inertEnqueue = (): Enqueue => ({ context: contexts.active(), carrier: {}, emit: nothing, end: nothing });
