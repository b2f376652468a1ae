import { ROOT_CONTEXT, context as contexts, trace } from "@opentelemetry/api";
import type { Span, SpanContext } from "@opentelemetry/api";
import { askedAttributes } from "../ambient.ts";
import type { Batch } from "./batch.ts";
import { extract } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import type { Definition } from "./definition.ts";
import type { JobEvent } from "../event/event.ts";
import { guard } from "../guard.ts";
import { heartbeat } from "./heartbeat.ts";
import { inertRun } from "./inert.ts";
import type { Means } from "./recorder.ts";
import { Running } from "./run.ts";
import type { OpenRun } from "./run.ts";
import type { Sink } from "./sink.ts";
import { linksTo, related } from "./span.ts";
import type { Related } from "./span.ts";
import { stamp } from "./stamp.ts";

/** How a run came to be, besides its started event. */
export interface How {
  /** What travelled with the job. */
  readonly from?: Carrier | undefined;
  /** A span that stands for the run already, made by another library, which ends it itself. */
  readonly adopt?: Span | undefined;
  /** The handler call that works at this job and others at once: its span stands for all of them. */
  readonly batch?: Batch | undefined;
  /** The span that was active where the schedule was made. */
  readonly scheduledBy?: SpanContext | undefined;
}

/** Spans of runs that may be tried again, so that the next run can be linked. */
const mostRemembered = 1024;

/** Gives the function that opens runs, and keeps what they have in common. */
export function starting(means: Means): (definition: Definition, started: JobEvent, how?: How) => OpenRun {
  const { sink, options, always, self } = means;
  const beating = heartbeat(options.heartbeatInterval);
  const previous = new Map<string, SpanContext>();
  const over = (run: Running, final: boolean | undefined): void => {
    beating.delete(run);
    remember(previous, run, final);
  };
  return (definition, started, how = {}) => {
    if (definition.ignored) return inertRun();
    const to = sink();
    const { span: producer, ...by } = extract(how.from);
    const own = definition.attributes["job.queue.name"] === undefined ? self : undefined;
    const whole = stamp(started, { ...always, ...own, ...definition.attributes, ...askedAttributes(by) });
    const before = previous.get(whole.attributes["job.uid"] ?? "");
    const span = spanOf(means, to, { definition, started: whole, producer, before, how });
    const opened = { ...whole, span: span.spanContext() };
    const adopted = how.adopt !== undefined;
    // A worker's loop may have kept the context it was started in: that is none of this job's.
    const context = trace.setSpan(adopted ? contexts.active() : ROOT_CONTEXT, span);
    const shared = how.batch !== undefined;
    const run = new Running({
      definition,
      started: opened,
      span,
      adopted,
      shared,
      context,
      by,
      sink: to,
      options,
      over,
    });
    guard("requestHook", () => options.requestHook?.(span, opened));
    to.log(opened);
    to.metrics.started(definition, opened);
    beating.add(run);
    return run;
  };
}

/** What a run's span is made from. */
interface Origin {
  readonly definition: Definition;
  readonly started: JobEvent;
  readonly producer: SpanContext | undefined;
  /** The span of the run before. */
  readonly before: SpanContext | undefined;
  readonly how: How;
}

/** The span of the handler call, another library's, or a new one. */
function spanOf({ options }: Means, to: Sink, { definition, started, producer, before, how }: Origin): Span {
  const others = [...related(before, "previous_run"), ...related(how.scheduledBy, "scheduled_by")];
  const given = how.batch?.span ?? how.adopt;
  if (how.batch !== undefined) guard("batch links", () => how.batch?.span.addLinks(linksTo(others)));
  else if (how.adopt !== undefined) adopt(how.adopt, started, [...related(producer, "producer"), ...others]);
  if (given !== undefined) return given;
  const relationship = guard("relationship", () => options.relationshipOf(started)) ?? "link";
  const wait = started.attributes["job.run.wait"] ?? 0;
  const soon = options.parentMaxWait === undefined || wait * 1000 <= options.parentMaxWait;
  const parent = relationship === "parent" && soon ? producer : undefined;
  const sender = relationship === "none" || parent !== undefined ? undefined : producer;
  const links = [...related(sender, "producer"), ...others];
  return to.spans.run({ definition, started, parent, links, by: options.spanName });
}

/** Puts on another library's span what it needs to be found by. */
function adopt(span: Span, { attributes }: JobEvent, links: readonly Related[]): void {
  guard("adopted span", () => span.addLinks(linksTo(links)));
  for (const key of ["job.uid", "job.run.uid", "job.run.number", "job.run.attempt"] as const) {
    const value = attributes[key];
    if (value !== undefined) span.setAttribute(key, value);
  }
}

function remember(previous: Map<string, SpanContext>, run: Running, final: boolean | undefined): void {
  const uid = run.jobUid;
  if (uid === undefined) return;
  previous.delete(uid);
  if (final === true) return;
  previous.set(uid, run.spanContext);
  if (previous.size > mostRemembered) previous.delete(previous.keys().next().value ?? "");
}
