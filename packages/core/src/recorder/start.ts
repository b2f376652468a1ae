import type { Relationship } from "@jobtrail/conventions";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Link, Span, SpanContext } from "@opentelemetry/api";
import type { Batch } from "./batch.ts";
import { carried } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import { draft, finish, preview } from "./compose.ts";
import type { Draft, Happening, Known } from "./compose.ts";
import { withSpan } from "./context.ts";
import type { Definition } from "./definition.ts";
import { eventOf } from "../event/entry.ts";
import { keyOf, keys } from "../event/key.ts";
import { marksOf } from "../event/sentence.ts";
import { isTime, now } from "../event/time.ts";
import { contexts } from "../globals.ts";
import { guard } from "../guard.ts";
import { heartbeat } from "./heartbeat.ts";
import type { Setup } from "./setup.ts";
import { Running } from "./run.ts";
import type { OpenRun } from "./run.ts";
import type { SpanStart } from "./sink.ts";
import type { Output } from "./output.ts";
import type { Chosen } from "./options.ts";
import { addLink, linksTo, related, runLayer } from "./span.ts";
import type { Related } from "./span.ts";

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
  /** The ids of the run's span, where they are derived from the run: a run that is read again gives the same span. */
  readonly identity?: SpanStart["identity"];
}

/** Spans of runs that may be tried again, so that the next run can be linked. */
const mostRemembered = 1024;

/** Gives the function that opens runs, and keeps what they have in common. */
export function starting(setup: Setup): (definition: Definition, started: Happening, how?: How) => OpenRun {
  const { output, options } = setup;
  const beating = heartbeat(options.heartbeatInterval);
  const previous = new Map<string, SpanContext>();
  const over = (run: Running, final: boolean | undefined): void => {
    beating.delete(run);
    remember(previous, run, final);
  };
  return (definition, started, how = none) => {
    if (definition.ignored) return inertRun();
    const to = output();
    const { span: producer, by } = carried(how.from);
    const isAsking = definition.attributes["job.queue.name"] === undefined;
    const made = draft(started, setup.known(definition, by, isAsking), undefined, true);
    // Read before the record is finished: a record that does not fit as it is is made anew.
    const before = previous.get(textOf(made.layer.get(uidKey)));
    const span = spanOf(setup, to, { made, producer, before, how });
    const adopted = how.adopt !== undefined;
    // A worker's loop may have kept the context it was started in: that is none of this job's.
    const context = withSpan(span, adopted ? contexts.active() : ROOT_CONTEXT);
    const entry = finish(made, span.spanContext(), adopted ? undefined : context);
    const { asking } = made.known;
    const phrases = { subject: definition.phrases.subject, marks: marksOf(entry) };
    const known: Known = { definition, asking, lasting: made.layer, phrases, fits: made.fits };
    const shared = how.batch !== undefined;
    const run = new Running({ known, started: entry, span, adopted, shared, context, by, output: to, options, over });
    if (options.requestHook !== undefined) guard("requestHook", () => options.requestHook?.(span, eventOf(entry)));
    to.log(entry);
    to.metrics.started(definition, entry);
    beating.add(run);
    return run;
  };
}

const none: How = {};

const uidKey = keyOf("job.uid");
const waitKey = keyOf("job.run.wait");

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** What a run's span is made from. */
interface Origin {
  readonly made: Draft;
  readonly producer: SpanContext | undefined;
  /** The span of the run before. */
  readonly before: SpanContext | undefined;
  readonly how: How;
}

/** The span of the handler call, another library's, or a new one. */
function spanOf({ options }: Setup, to: Output, { made, producer, before, how }: Origin): Span {
  const { batch, adopt: given } = how;
  if (batch === undefined && given === undefined) return newSpan(options, to, { made, producer, before, how });
  const others = [...related(before, "previous_run"), ...related(how.scheduledBy, "scheduled_by")];
  if (batch !== undefined) {
    guard("batch links", () => batch.span.addLinks(linksTo(others)));
    return batch.span;
  }
  return adopted(given as Span, made, [...related(producer, "producer"), ...others]);
}

function newSpan(options: Chosen, to: Output, { made, producer, before, how }: Origin): Span {
  const { definition } = made.known;
  const relationship = producer === undefined ? "none" : relationshipOf(options, made);
  const isChild = relationship === "parent";
  const links: Link[] = [];
  if (relationship === "link") addLink(links, producer, "producer");
  addLink(links, before, "previous_run");
  addLink(links, how.scheduledBy, "scheduled_by");
  const { name, kind, layer } = definition.run[options.spanName];
  const { time, seen } = made.happening;
  return to.span({
    name,
    kind,
    time: time !== undefined && isTime(time) ? time : seen !== undefined && isTime(seen) ? seen : now(),
    layers: [layer, runLayer(made)],
    links,
    ...(how.identity !== undefined && { identity: how.identity }),
    parent: isChild && producer !== undefined ? trace.setSpanContext(ROOT_CONTEXT, producer) : ROOT_CONTEXT,
  });
}

/** How the run's span relates to its producer's; one that waited too long is linked instead of being a child. */
function relationshipOf(options: Chosen, made: Draft): Relationship {
  const { relationship } = options;
  const wanted =
    typeof relationship === "function"
      ? (guard("relationship", () => relationship(eventOf(preview(made)))) ?? "link")
      : relationship;
  const wait = made.layer.get(waitKey);
  const tooLong = options.parentMaxWait !== undefined && Number(wait ?? 0) * 1000 > options.parentMaxWait;
  return wanted === "parent" && tooLong ? "link" : wanted;
}

/** Puts on another library's span what it needs to be found by. */
function adopted(span: Span, { layer }: Draft, links: readonly Related[]): Span {
  guard("adopted span", () => span.addLinks(linksTo(links)));
  for (const key of identifying) {
    const value = layer.get(key);
    if (value !== undefined) span.setAttribute(key.name, value);
  }
  return span;
}

const identifying = keys("job.uid", "job.run.uid", "job.run.number", "job.run.attempt");

function remember(previous: Map<string, SpanContext>, run: Running, final: boolean | undefined): void {
  const uid = run.jobUid;
  if (uid === undefined) return;
  previous.delete(uid);
  if (final === true) return;
  previous.set(uid, run.spanContext);
  if (previous.size > mostRemembered) previous.delete(previous.keys().next().value ?? "");
}

const nothing = (): void => undefined;

/** The twin of a run that nobody watches. */
const inertRun = (): OpenRun => ({
  context: contexts.active(),
  within: (work) => work(),
  count: nothing,
  emit: nothing,
  settled: nothing,
  end: nothing,
});
