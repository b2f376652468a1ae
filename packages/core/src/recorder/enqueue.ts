import { context as contexts, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { asked, askedAttributes } from "../ambient.ts";
import { inject } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import type { Definition } from "./definition.ts";
import type { JobError, JobEvent } from "../event/event.ts";
import { inertEnqueue } from "./inert.ts";
import type { Means } from "./recorder.ts";
import { close } from "./span.ts";
import { stamp } from "./stamp.ts";
import { now } from "../event/time.ts";

/** A call that gives jobs to a queue. */
export interface Enqueue {
  /** The context that the system's own call runs in: the PRODUCER span is active. */
  readonly context: Context;
  /** What travels with the job; empty where nothing may. */
  readonly carrier: Carrier;
  /** Records a job that the call queued, once for each. */
  emit(queued: JobEvent): void;
  /** The call is over. */
  end(error?: JobError): void;
}

/** Opens a PRODUCER span, or takes one that another library made. */
export function enqueue(
  { sink, options, always, self }: Means,
  definition: Definition,
  verb: string,
  adopt: Span | undefined,
): Enqueue {
  if (definition.ignored) return inertEnqueue();
  const { spans, log } = sink();
  const active = contexts.active();
  const span = adopt ?? spans.enqueue(definition, verb, active, now());
  const by = asked();
  const known = { ...always, ...self, ...definition.attributes, ...askedAttributes(by) };
  return {
    context: trace.setSpan(active, span),
    carrier: options.propagation ? inject(span.spanContext(), by) : {},
    emit: (event) => log(stamp({ span: span.spanContext(), ...event }, known)),
    end(error) {
      if (adopt === undefined) close(span, error);
    },
  };
}
