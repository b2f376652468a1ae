import type { Span } from "@opentelemetry/api";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { asked, nothing } from "../ambient.ts";
import { errorOf } from "../event/error.ts";
import type { JobError, JobEvent } from "../event/event.ts";
import { guard } from "../guard.ts";
import { batch } from "./batch.ts";
import type { Batch } from "./batch.ts";
import type { Carrier } from "./carrier.ts";
import { draft, finish } from "./compose.ts";
import type { Happening } from "./compose.ts";
import { definitionIn, definitions } from "./definition.ts";
import type { Definition } from "./definition.ts";
import { enqueue } from "./enqueue.ts";
import type { Enqueue } from "./enqueue.ts";
import { fingerprint } from "./fingerprint.ts";
import { choose } from "./options.ts";
import type { Chosen, RecorderOptions } from "./options.ts";
import { outputs } from "./output.ts";
import type { OpenRun } from "./run.ts";
import { globalSink } from "./sdk.ts";
import { setupOf } from "./setup.ts";
import type { Setup } from "./setup.ts";
import type { InstrumentationScope, Sink } from "./sink.ts";
import { starting } from "./start.ts";
import type { How } from "./start.ts";

/** Turns what happens to jobs into spans, records and metrics. One per instrumentation. */
export interface Recorder {
  readonly options: Chosen;
  /** The interned definition of these constants. */
  define(constants: DefinitionAttributes): Definition;
  /** One record of a job of that definition, and what it counts; never a span. */
  emit(definition: Definition, happening: Happening): void;
  /** The same of a flat event that has its definition's constants among its attributes. */
  emit(event: JobEvent): void;
  /** Opens a PRODUCER span, named by the system's own verb; or takes the span that another library made. */
  enqueue(definition: Definition, verb: string, adopt?: Span): Enqueue;
  /** Opens the span of one handler call for several jobs, or takes another library's; each job is then started with `batch`. */
  batch(definition: Definition, started: Happening, from: readonly (Carrier | undefined)[], adopt?: Span): Batch;
  /** Opens a run: the only way to a span and to run metrics. */
  start(definition: Definition, started: Happening, how?: How): OpenRun;
  /** What is kept of something thrown. */
  error(thrown: unknown): JobError;
  /** Size and hash of a payload, where `capture` asks for them. */
  input(value: unknown): JobAttributes;
  /** Size and hash of a result, where `capture` asks for them. */
  output(value: unknown): JobAttributes;
}

/**
 * A recorder for one instrumentation.
 * @param sink gives where to write; asked at every use, so that it may change.
 */
export function createRecorder(
  scope: InstrumentationScope,
  given: RecorderOptions = {},
  sink: () => Sink = globalSink(),
): Recorder {
  const options = choose(given);
  const setup = setupOf(options, outputs(scope, options, sink));
  const define = definitions(
    options.cardinalityLimit,
    (constants) => guard("ignore", () => options.ignores(constants)) ?? false,
  );
  return {
    options,
    define,
    emit: (...of: [JobEvent] | [Definition, Happening]) =>
      of.length === 1 ? emit(setup, define(definitionIn(of[0].attributes)), of[0]) : emit(setup, ...of),
    enqueue: (definition, verb, adopt) => enqueue(setup, definition, verb, adopt),
    batch: (definition, started, from, adopt) => batch(setup, definition, started, from, adopt),
    start: starting(setup),
    error: (thrown) => errorOf(thrown, (text) => guard("redact", () => options.redact(text)) ?? ""),
    input: (value) => (options.capture === "none" ? nothing : inputOf(value)),
    output: (value) => (options.capture === "none" ? nothing : outputOf(value)),
  };
}

function emit({ output, known }: Setup, definition: Definition, happening: Happening): void {
  if (definition.ignored) return;
  // Who removes or restarts a job acts now; on the job's own asker this has no say (merge.ts).
  const made = draft(happening, known(definition, asked(), false));
  const { log, metrics } = output();
  const entry = finish(made, undefined);
  log(entry);
  metrics.seen(definition, entry);
}

function inputOf(value: unknown): JobAttributes {
  const made = fingerprint(value);
  return made === undefined ? {} : { "job.input.size": made.size, "job.input.hash": made.hash };
}

function outputOf(value: unknown): JobAttributes {
  const made = fingerprint(value);
  return made === undefined ? {} : { "job.run.output.size": made.size, "job.run.output.hash": made.hash };
}
