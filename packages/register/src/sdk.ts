import { context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import type { Providers } from "@jobtrail/core/recorder";
import { endpointsIn } from "@jobtrail/delivery";
import type { Signal } from "@jobtrail/delivery";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { watchEnds } from "./ends.ts";
import { startLogs } from "./logs.ts";
import { startMetrics } from "./metrics.ts";
import { registered } from "./registered.ts";
import { say } from "./report.ts";
import { resourceOf } from "./resource.ts";
import type { Service } from "./service.ts";
import { startSpans } from "./spans.ts";

/** What an SDK is started with. */
export interface Wanted {
  readonly env: NodeJS.ProcessEnv;
  readonly signals: readonly Signal[];
  readonly service: Service;
}

/** An SDK of our own: three providers, and what sends what they make. */
export interface Sdk {
  readonly providers: Providers;
  /** Makes it the process's own, wherever nobody else is it. */
  register(): void;
  /** Sees to it that a run's span is active in the run, if nobody does so already. Never a propagator: the app's own counts. */
  claimContext(): void;
  /** Something is recorded now, here or by the app's own providers: what began here still ends here. */
  used(): void;
}

/** Starts an SDK; undefined, and a line that says why, where it cannot send. */
export function startSdk({ env, signals, service }: Wanted): Sdk | undefined {
  const found = endpointsIn(env, signals);
  if (typeof found === "string") {
    say("endpoint", found);
    return undefined;
  }
  const { sent: endpoints, warnings } = found;
  for (const warning of warnings) say(warning, warning);
  const resource = resourceOf(service, env);
  const spans = endpoints.traces && startSpans(endpoints.traces, resource, env);
  const records = endpoints.logs && startLogs(endpoints.logs, resource, env, () => providers);
  const points = endpoints.metrics && startMetrics(endpoints.metrics, resource, env);
  const providers: Providers = {
    tracer: spans?.provider ?? trace.getTracerProvider(),
    logger: records?.provider ?? logs.getLoggerProvider(),
    meter: points?.provider ?? metrics.getMeterProvider(),
  };
  watchEnds([spans, records, points].filter((each) => each !== undefined));
  return {
    providers,
    register() {
      if (spans !== undefined && registered("trace") === undefined) trace.setGlobalTracerProvider(spans.provider);
      if (records !== undefined && registered("logs") === undefined) logs.setGlobalLoggerProvider(records.provider);
      if (points !== undefined && registered("metrics") === undefined) metrics.setGlobalMeterProvider(points.provider);
      claimContext();
      if (registered("propagation") === undefined) propagation.setGlobalPropagator(w3c());
    },
    claimContext,
    used() {
      const counting = registered("metrics") ?? points?.provider;
      if (counting === points?.provider) points?.used();
      else points?.retire();
    },
  };
}

function claimContext(): void {
  if (registered("context") === undefined)
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

const w3c = (): CompositePropagator =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
