import type { Context, Span } from "@opentelemetry/api";
import { asked, askedAttributes } from "../ambient.ts";
import type { JobError } from "../event/event.ts";
import { now } from "../event/time.ts";
import { inject } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import { addAll, draft, finish } from "./compose.ts";
import type { Happening } from "./compose.ts";
import { withSpan } from "./context.ts";
import type { Definition } from "./definition.ts";
import { contexts } from "../globals.ts";
import type { Setup } from "./setup.ts";
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
  const { span: start, log } = setup.output();
  const parent = contexts.active();
  const { name, kind, layer } = definition.send(verb);
  const span = adopt ?? start({ name, kind, time: now(), layers: [layer], links: [], parent });
  const context = withSpan(span, parent);
  const by = asked();
  return {
    context,
    carrier: setup.options.propagation ? inject(span.spanContext(), by) : {},
    emit(queued, of = definition) {
      const made = draft(queued, { definition: of, lasting: undefined, fits: true });
      addAll(made, askedAttributes(by));
      addAll(made, setup.self);
      addAll(made, setup.always);
      log(finish(made, span.spanContext(), context));
    },
    end(error) {
      if (adopt === undefined) close(span, error);
    },
  };
}

const nothing = (): void => undefined;

/** The twin of an enqueue that nobody watches. */
const inertEnqueue = (): Enqueue => ({ context: contexts.active(), carrier: {}, emit: nothing, end: nothing });
