import type { Entry } from "../event/entry.ts";
import { metricWriter } from "./metric.ts";
import type { MetricWriter } from "./metric.ts";
import type { Chosen } from "./options.ts";
import { isKept, rendering } from "./render.ts";
import { open } from "./sink.ts";
import type { InstrumentationScope, Sink, StartSpan } from "./sink.ts";

/** What a recorder writes to: the writers of one sink, with what is counted and rendered on the way. */
export interface Output {
  readonly span: StartSpan;
  /** Writes a record. @param run what the entry's run has recorded until then; the entry is added, where records are rendered. */
  log(entry: Entry, run?: Entry[]): void;
  readonly metrics: MetricWriter;
}

/** Gives the output to the sink as it is now: made anew only when that changes. */
export function outputs(scope: InstrumentationScope, options: Chosen, sink: () => Sink): () => Output {
  let from: Sink | undefined;
  let made: Output | undefined;
  return () => {
    const current = sink();
    if (made === undefined || current !== from) made = outputOf(scope, options, current);
    from = current;
    return made;
  };
}

function outputOf(
  scope: InstrumentationScope,
  { signals, cardinalityLimit, render, recordAs }: Chosen,
  sink: Sink,
): Output {
  const { span, log, bind } = open(sink, scope, signals);
  const metrics = metricWriter(bind, cardinalityLimit);
  if (render === undefined) return { span, log, metrics };
  const rendered = rendering(render, recordAs);
  return {
    span,
    log(entry, run) {
      log(rendered(entry, run ?? []));
      if (run !== undefined && isKept(entry)) run.push(entry);
    },
    metrics,
  };
}
