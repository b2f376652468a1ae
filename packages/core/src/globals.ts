import * as api from "@opentelemetry/api";
import { ROOT_CONTEXT, metrics, trace } from "@opentelemetry/api";
import type {
  Context,
  ContextManager,
  DiagLogger,
  LogRecord,
  LoggerProvider,
  MeterProvider,
  Span,
  TextMapPropagator,
  TracerProvider,
} from "@opentelemetry/api";
import { storage } from "./storage.ts";

/*
 * What OpenTelemetry keeps one of per process, read from where it is kept. The API itself gives a newer copy nothing of
 * what an older one registered, and lets nobody register beside another version: an app on API 1.9 would have no spans
 * of its jobs. The objects themselves are the same in all of API 1.x.
 */

/** What OpenTelemetry keeps one of per process. */
export interface Globals {
  readonly trace: TracerProvider;
  readonly logs: LoggerProvider;
  readonly metrics: MeterProvider;
  readonly context: ContextManager;
  readonly propagation: TextMapPropagator;
  readonly diag: DiagLogger;
}

/** The name of one of them. */
export type Slot = keyof Globals;

const key: unique symbol = Symbol.for("opentelemetry.js.api.1");
/** Where `@opentelemetry/api-logs` keeps its provider, which the logs API of SDK 1 and 2 is in. */
const olderLogsKey: unique symbol = Symbol.for("io.opentelemetry.js.api.logs");

const kept = globalThis as {
  [key]?: Partial<Globals> & { readonly version?: string };
  [olderLogsKey]?: (version: number) => LoggerProvider | undefined;
};

/** What someone registered, through whichever copy, build and version of the API; undefined where nobody did. */
export function registered<Name extends Slot>(slot: Name): Globals[Name] | undefined {
  const found = kept[key]?.[slot] as Globals[Name] | undefined;
  return found ?? (slot === "logs" ? (olderLogs() as Globals[Name] | undefined) : undefined);
}

/** The global tracer provider as it is now; one that does nothing where nobody registered any. */
export const tracers = (): TracerProvider => registered("trace") ?? trace.getTracerProvider();
/** The same for meters. */
export const meters = (): MeterProvider => registered("metrics") ?? metrics.getMeterProvider();
/** The same for loggers. */
export const loggers = (): LoggerProvider => registered("logs") ?? logs?.getLoggerProvider() ?? noLoggers;

// API 1.9 has no logs.
const { logs } = api as Partial<Pick<typeof api, "logs">>;
const noLoggers: LoggerProvider = { getLogger: () => ({ emit: () => undefined, enabled: () => false }) };

const older = new WeakMap<LoggerProvider, LoggerProvider>();

/** The provider that an older SDK registered. Before SDK 0.203 it drops `eventName`, whose place was an attribute then. */
function olderLogs(): LoggerProvider | undefined {
  const provider = kept[olderLogsKey]?.(1);
  if (provider === undefined || hasNoProcessor(provider)) return undefined;
  const known = older.get(provider) ?? namingEvents(provider);
  older.set(provider, known);
  return known;
}

/** Without a log pipeline of the app's, SDK 1 and 2 register a provider all the same, and what it is given is gone. */
const hasNoProcessor = (provider: object): boolean =>
  (provider as { _sharedState?: { registeredLogRecordProcessors?: { length?: number } } })._sharedState
    ?.registeredLogRecordProcessors?.length === 0;

const namingEvents = (provider: LoggerProvider): LoggerProvider => ({
  getLogger(...scope) {
    const logger = provider.getLogger(...scope);
    return { emit: (record) => logger.emit(named(record)), enabled: () => true };
  },
});

const named = (record: LogRecord): LogRecord =>
  record.eventName === undefined
    ? record
    : { ...record, attributes: { ...record.attributes, "event.name": record.eventName } };

/** The majors of the API, other than the one that is known, that someone registered something in. */
export const strangeVersions = (): readonly string[] =>
  Object.getOwnPropertySymbols(globalThis).flatMap((symbol) => {
    const major = /^opentelemetry\.js\.api\.(\d+)$/.exec(symbol.description ?? "")?.[1];
    if (major === undefined || major === "1") return [];
    const { version } =
      (globalThis as unknown as Record<symbol, { readonly version?: string } | undefined>)[symbol] ?? {};
    return [version ?? major];
  });

/**
 * The context that is active, by the manager that the app registered, and by a storage of our own where there is none:
 * nothing has to be registered for a job that is queued in a run to know the run's span.
 */
export const contexts: Pick<ContextManager, "active"> & { with<T>(context: Context, work: () => T): T } = {
  active() {
    const active = registered("context")?.active() ?? ROOT_CONTEXT;
    return trace.getSpan(active) === undefined ? (storage.getStore()?.context ?? active) : active;
  },
  with(context, work) {
    const manager = registered("context");
    return manager === undefined ? storage.run({ ...storage.getStore(), context }, work) : manager.with(context, work);
  },
};

/** The span that is active. */
export const activeSpan = (): Span | undefined => trace.getSpan(contexts.active());

let fallback: Partial<DiagLogger> = {};

/** Shows our messages where the app has not chosen who shows OpenTelemetry's. */
export function showMessages(by: Partial<DiagLogger>): void {
  fallback = by;
}

const through =
  (level: keyof DiagLogger) =>
  (message: string, ...details: readonly unknown[]): void => {
    const to: Partial<DiagLogger> = registered("diag") ?? fallback;
    to[level]?.(message, ...details);
  };

/** Messages for whoever looks into what Jobtrail does: they go where OpenTelemetry's go. */
export const diag: Readonly<
  Record<"error" | "warn" | "info", (message: string, ...details: readonly unknown[]) => void>
> = { error: through("error"), warn: through("warn"), info: through("info") };
