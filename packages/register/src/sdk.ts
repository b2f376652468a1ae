import * as ours from "@opentelemetry/api";
import { loggers, meters, registered, tracers } from "@jobtrail/core/recorder";
import type { Providers } from "@jobtrail/core/recorder";
import { endpointsIn } from "@jobtrail/delivery";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { appsApi, contextManager } from "./context.ts";
import { watchEnds } from "./ends.ts";
import { startLogs } from "./logs.ts";
import { startMetrics } from "./metrics.ts";
import { say } from "./report.ts";
import type { Wanted } from "./own.ts";
import { resourceAttributes } from "./resource.ts";
import { startSpans } from "./spans.ts";

/** An SDK for the whole process: three providers, and what sends what they make. */
export interface Sdk {
  readonly providers: Providers;
  /** Makes it the process's own, wherever nobody else is it. */
  register(): void;
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
  const { "telemetry.sdk.name": _, "telemetry.sdk.version": __, ...own } = resourceAttributes(service, env);
  const resource = defaultResource().merge(resourceFromAttributes(own));
  const spans = endpoints.traces && startSpans(endpoints.traces, resource, env);
  const records = endpoints.logs && startLogs(endpoints.logs, resource, env, () => providers);
  const points = endpoints.metrics && startMetrics(endpoints.metrics, resource, env);
  const providers: Providers = {
    tracer: spans?.provider ?? tracers(),
    logger: records?.provider ?? loggers(),
    meter: points?.provider ?? meters(),
  };
  watchEnds([spans, records, points].filter((each) => each !== undefined));
  return {
    providers,
    register() {
      const api = appsApi() ?? ours;
      if (spans !== undefined && registered("trace") === undefined) api.trace.setGlobalTracerProvider(spans.provider);
      if (records !== undefined && registered("logs") === undefined)
        api.logs?.setGlobalLoggerProvider(records.provider);
      if (points !== undefined && registered("metrics") === undefined)
        api.metrics.setGlobalMeterProvider(points.provider);
      if (registered("context") === undefined) api.context.setGlobalContextManager(contextManager());
      if (registered("propagation") === undefined) api.propagation.setGlobalPropagator(w3c());
    },
    used() {
      const counting = registered("metrics") ?? points?.provider;
      if (counting === points?.provider) points?.used();
      else points?.retire();
    },
  };
}

const w3c = (): CompositePropagator =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
