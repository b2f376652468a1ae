import { hash } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import timers from "node:timers/promises";
import { version } from "@jobtrail/conventions";
import { fold } from "@jobtrail/core/fold";
import { openTelemetry } from "@jobtrail/bridge";
import type { Telemetry } from "@jobtrail/bridge";
import type { JobEvent } from "@jobtrail/core/event";
import { checkpointIn, DeliveryError, replay, runSource } from "@jobtrail/delivery/source";
import type { EventSink, Gauge, Observed, Observer } from "@jobtrail/delivery/source";
import { EndpointError } from "../endpoint.ts";
import { failure, reasonOf } from "../errors.ts";

/** How a store is observed. */
export interface ObserveOptions {
  readonly url: string;
  readonly from: string;
  readonly queue?: readonly string[];
  readonly prefix?: string;
  readonly endpoint?: string;
  readonly data?: string;
  readonly interval: number;
  readonly once?: true;
}

/** How an observer is run. */
export interface Observing extends ObserveOptions {
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stop: AbortSignal;
  readonly say: (sentence: string) => void;
}

interface Observable {
  readonly package: string;
  observer(observed: Observed): Promise<Observer>;
}

/** The systems that can be observed. */
const observables: Readonly<Record<string, Observable>> = {
  bullmq: {
    package: "@jobtrail/instrumentation-bullmq",
    observer: async (observed) => (await import("@jobtrail/instrumentation-bullmq/observer")).observe(observed),
  },
};

/**
 * Observes until it is stopped, or with `once` until all has been read.
 * @throws CatalogueError where the library or its store is not there, EndpointError where nothing can be sent.
 */
export async function startObserver(system: string, options: Observing): Promise<void> {
  const { url, from, queue = [], prefix, interval, once, endpoint, data, stop, say } = options;
  const observable = observables[system];
  if (observable === undefined) return;
  const env = {
    OTEL_SERVICE_NAME: "jobtrail-observe",
    ...options.env,
    ...(endpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  };
  const telemetry = openTelemetry({ env, say, scope: { name: observable.package, version } });
  if (typeof telemetry === "string") throw new EndpointError(telemetry);
  const load = loaderIn(resolve(from));
  await using observer = await observable
    .observer({ url, load, queues: queue, prefix, everyMs: interval, once })
    .catch((cause: unknown) => {
      if ((cause as { code?: string }).code === "JOBTRAIL_OBSERVE_LIBRARY_MISSING") throw cause;
      throw failure(
        "JOBTRAIL_OBSERVE_STORE_UNREACHABLE",
        { name: withoutCredentials(url), reason: reasonOf(cause) },
        { cause },
      );
    });
  const { source } = observer;
  say(`Observing ${source.name}.${once === true ? "" : " Ctrl-C ends it."}`);
  const checkpoint = checkpointIn(
    data,
    `${system}-${hash("sha256", `${url} ${prefix ?? ""} ${queue.join(" ")}`).slice(0, 16)}`,
  );
  const measuring = measure(observer, telemetry, options);
  const run = { source, checkpoint, sink: sinkTo(telemetry), stop, refused: () => undefined, say };
  for (let tries = 1; !stop.aborted; tries++) {
    try {
      await runSource(run);
      break;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      say(`${error.message} Nothing is lost: it is read again from where the receiver has it.`);
      await timers.setTimeout(Math.min(1000 * 2 ** tries, 60_000), undefined, { signal: stop }).catch(() => undefined);
    }
  }
  await measuring.end();
  await telemetry.close();
}

/** Loads as a program in the app's folder would. */
const loaderIn =
  (folder: string) =>
  (module: string): unknown => {
    const require = createRequire(join(folder, "app.js"));
    try {
      return require(module) as unknown;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
      throw failure("JOBTRAIL_OBSERVE_LIBRARY_MISSING", { module, folder }, { cause });
    }
  };

function withoutCredentials(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "The address";
  }
}

/** Sends events, and a span for each run that is known to be lost: nobody else can write it. */
const sinkTo = (telemetry: Telemetry): EventSink => ({
  async write(events, stop) {
    await telemetry.records.write(events, stop);
    const lost = events.filter(isLost);
    if (lost.length === 0) return;
    replay(fold(lost.flatMap(withStart)), telemetry.tracing, (_, { uid = "" }) => ({ identity: identityOf(uid) }));
    await telemetry.flushSpans();
  },
});

const isLost = ({ name, attributes }: JobEvent): boolean =>
  name === "job.run.ended" && attributes["job.record.source"] === "inferred";

/** Whoever writes the span of a dead run gives it the same ids. */
function identityOf(run: string): { readonly traceId: string; readonly spanId: string } {
  const digits = hash("sha256", `span of ${run}`);
  return { traceId: digits.slice(0, 32), spanId: digits.slice(32, 48) };
}

/** A run's mark begins with its stored start, in milliseconds. */
function withStart(end: JobEvent): readonly JobEvent[] {
  const ms = Number.parseInt(end.attributes["job.run.uid"]?.split("-")[1] ?? "");
  if (!(ms > 0)) return [end];
  const { error: _, ...rest } = end;
  return [{ ...rest, name: "job.run.started", time: [Math.floor(ms / 1000), (ms % 1000) * 1e6] }, end];
}

/** Sends what is measured, again and again. */
function measure(
  observer: Observer,
  { bind }: Telemetry,
  { interval, stop, say }: Observing,
): { end(): Promise<void> } {
  const series = new Map<string, (value: number) => void>();
  const set = ({ metric, attributes, value }: Gauge): void => {
    const key = `${metric} ${JSON.stringify(attributes)}`;
    let point = series.get(key);
    if (point === undefined) series.set(key, (point = bind(metric, attributes)));
    point(value);
  };
  let said = "";
  const once = async (): Promise<void> => {
    try {
      for (const gauge of await observer.gauges()) set(gauge);
      said = "";
    } catch (error) {
      if (stop.aborted) return;
      const reason = reasonOf(error);
      if (reason !== said) say(`${observer.source.name} cannot be measured: ${reason}.`);
      said = reason;
    }
  };
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stop]);
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await once();
      await timers.setTimeout(interval, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    async end() {
      over.abort();
      await running;
    },
  };
}
