import type { LoggerProvider, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { loggers, meters, tracers } from "../globals.ts";

/** Where spans, records and points are made. One object stands for one set: a new set is a new object. */
export interface Providers {
  readonly tracer: TracerProvider;
  readonly logger: LoggerProvider;
  readonly meter: MeterProvider;
}

/**
 * Gives the global providers as they are now. An app may start its SDK at any time, in another build
 * or version of the API too, and a meter taken before stays dead: so nothing is kept but the last set.
 */
export function globalProviders(): () => Providers {
  let last: Providers | undefined;
  return () => {
    const tracer = tracers();
    const logger = loggers();
    const meter = meters();
    if (last === undefined || last.tracer !== tracer || last.logger !== logger || last.meter !== meter)
      last = { tracer, logger, meter };
    return last;
  };
}
