import type * as channels from "node:diagnostics_channel";
import { ROOT_CONTEXT, createContextKey } from "@opentelemetry/api";
import { contexts } from "@jobtrail/core/recorder";
import { outside } from "./outside.ts";

/** Runs work in a way in which one tracing library traces nothing of it; where that library is not loaded, it just runs. */
type Way = <T>(work: () => T) => T;

const suppressed = ROOT_CONTEXT.setValue(createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING"), true);

const openTelemetry: Way = (work) => contexts.with(suppressed, work);

/** What each version of Sentry keeps in `globalThis.__SENTRY__`: how it follows asynchronous calls. */
interface SentryCarrier {
  readonly acs?: {
    readonly suppressTracing?: Way;
    readonly withScope?: <T>(work: (scope: SentryScope) => T) => T;
  };
}

interface SentryScope {
  setSDKProcessingMetadata(data: Readonly<Record<string, boolean>>): void;
}

/** As `suppressTracing` of `@sentry/core` does, in each version that is loaded. It keeps breadcrumbs and trace headers off too. */
const sentry: Way = (work) => {
  const { __SENTRY__: versions = {} } = globalThis as { __SENTRY__?: Readonly<Record<string, string | SentryCarrier>> };
  return Object.values(versions).reduce((inner, carrier) => {
    const { suppressTracing, withScope } = (typeof carrier === "object" && carrier.acs) || {};
    if (suppressTracing !== undefined) return () => suppressTracing(inner);
    if (withScope === undefined) return inner;
    return () =>
      withScope((scope) => {
        scope.setSDKProcessingMetadata({ __SENTRY_SUPPRESS_TRACING__: true });
        return inner();
      });
  }, work)();
};

/** The channels by which Datadog's plugins enter a store that is passed to them; in one with `noop` they record nothing. */
const datadogsChannels = ["apm:http:client:request:asyncStart", "apm:net:tcp:ready"];

const datadog: Way = (work) => {
  const { channel } = process.getBuiltinModule("node:diagnostics_channel") satisfies typeof channels;
  return datadogsChannels.reduce((inner, name) => {
    const through = channel(name);
    return through.hasSubscribers ? () => through.runStores({ parentStore: { noop: true } }, inner) : inner;
  }, work)();
};

/**
 * Runs the start of a request of our own so that no tracing of the app's sees it: outside of what the app does just now,
 * which keeps it out of every trace, and in the way that those ask for who record requests without a trace too.
 */
export const untraced: Way = (work) => outside(() => openTelemetry(() => sentry(() => datadog(work))));
