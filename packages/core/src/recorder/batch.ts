import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { within } from "../ambient.ts";
import type { Asked } from "../ambient.ts";
import { extract } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import type { Definition } from "./definition.ts";
import type { JobError } from "../event/event.ts";
import { isTime, now } from "../event/time.ts";
import { draft } from "./compose.ts";
import type { Happening, Known } from "./compose.ts";
import { contexts } from "../globals.ts";
import { guard } from "../guard.ts";
import type { Setup } from "./setup.ts";
import type { OpenRun } from "./run.ts";
import type { SpanStart } from "./sink.ts";
import { close, linksTo, related, runLayer } from "./span.ts";
import type { Related } from "./span.ts";

/** A handler call that is given several jobs at once: one span for all, with a link to each sender. */
export interface Batch {
  readonly span: Span;
  /** Runs the work: its span is active, `count` counts for this one run, and an actor is at hand where it is everyone's. */
  within<T>(run: OpenRun, work: () => T): T;
  end(error?: JobError): void;
}

/** Opens the span of a handler call for several jobs, or takes one that another library made. */
export function batch(
  { output, options }: Setup,
  definition: Definition,
  started: Happening,
  from: readonly (Carrier | undefined)[],
  adopt: Span | undefined,
): Batch {
  const senders = from.map((carrier) => extract(carrier));
  const links = senders.flatMap(({ span }) => related(span, "producer"));
  const span = adopt ?? output().span(startOf(definition, started, links, options.spanName));
  guard("batch links", () => adopt?.addLinks(linksTo(links)));
  const by = agreed(senders);
  return {
    span,
    within: (run, work) =>
      within(
        trace.setSpan(adopt === undefined ? ROOT_CONTEXT : contexts.active(), span),
        { count: (each) => run.count(each) },
        by,
        work,
      ),
    end(error) {
      if (adopt === undefined) close(span, error);
    },
  };
}

function startOf(
  definition: Definition,
  started: Happening,
  links: readonly Related[],
  by: "queue" | "name",
): SpanStart {
  const { name, kind, layer } = definition.run[by];
  const own = runLayer(draft(started, knownOf(definition), undefined, true));
  const { time } = started;
  return {
    name,
    kind,
    time: time !== undefined && isTime(time) ? time : now(),
    layers: [layer, own],
    links: linksTo(links),
    parent: ROOT_CONTEXT,
  };
}

const knownOf = (definition: Definition): Known => ({
  definition,
  asking: undefined,
  lasting: undefined,
  phrases: definition.phrases,
  fits: true,
});

/** Who asked for all of several jobs; nobody where they differ. */
function agreed(senders: readonly Asked[]): Asked {
  const texts = new Set(senders.map(({ actor, scope }) => JSON.stringify([actor, scope])));
  const { actor, scope } = senders[0] ?? {};
  return texts.size > 1 ? {} : { ...(actor !== undefined && { actor }), ...(scope !== undefined && { scope }) };
}
