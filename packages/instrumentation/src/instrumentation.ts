import type { LoggerProvider, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { readSettings, version } from "@jobtrail/conventions";
import {
  createRecorder,
  diag,
  globalProviders,
  guard,
  loggers,
  meters,
  sdkSink,
  tracers,
} from "@jobtrail/core/recorder";
import type { InstrumentationScope, Providers, Recorder, RecorderOptions, Sink } from "@jobtrail/core/recorder";
import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from "@opentelemetry/instrumentation";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { filesOf, variantOf } from "./system.ts";
import type { JobSystem, WatchedFile } from "./system.ts";
import type { Watcher } from "./watcher.ts";

/** A job system's module that the process loaded. */
export interface Loaded {
  readonly module: string;
  readonly version: string | undefined;
  /** Whether the version is one that is watched. */
  readonly supported: boolean;
  /** The ranges that would be. */
  readonly versions: readonly string[];
}

/** The options of every Jobtrail instrumentation. */
export interface JobtrailConfig extends InstrumentationConfig, Omit<RecorderOptions, "enabled"> {
  /** Gives the providers to write to, at every use; by default the global ones, as they are then. */
  readonly providers?: () => Providers;
  /** Gives where to write instead of providers, at every use; providers that are set for the instrumentation win over it. */
  readonly sink?: () => Sink;
  /** Is told of each of the system's modules that the process loads. */
  readonly onLoad?: (loaded: Loaded) => void;
}

/** An OpenTelemetry instrumentation that watches one job system. */
export interface JobtrailInstrumentation extends InstrumentationBase<JobtrailConfig> {
  readonly system: JobSystem;
  /** Makes what watches the system: called once, when its library is first loaded. */
  watcher: (recorder: Recorder) => Watcher;
  /**
   * Watches a module that is bundled into the app, where no hook sees it load.
   * @param name the package, as it is imported.
   * @param exports all that its entry gives.
   */
  watch(name: string, exports: unknown, version: string): void;
}

/** The class of a job system's instrumentation, for `registerInstrumentations`. */
export type InstrumentationClass = new (config?: JobtrailConfig) => JobtrailInstrumentation;

/** Makes a job system's class. */
export function instrumentationOf(system: JobSystem, watcher: (recorder: Recorder) => Watcher): InstrumentationClass {
  const scope = { name: system.package, version };
  return class extends InstrumentationBase<JobtrailConfig> implements JobtrailInstrumentation {
    // Made in init(), which the base constructor calls before fields of this class would be.
    declare private state: State;
    declare watcher: (recorder: Recorder) => Watcher;

    constructor(config: JobtrailConfig = {}) {
      const enabled = config.enabled ?? readSettings(process.env).settings.enabled;
      super(scope.name, scope.version, { ...config, enabled });
    }

    get system(): JobSystem {
      return system;
    }

    protected override init(): InstrumentationNodeModuleDefinition[] {
      this.watcher = watcher;
      this.state = begin(this.getConfig(), system, scope, (recorder) => this.watcher(recorder));
      return definitionsOf(system, this.state.load);
    }

    watch(name: string, exports: unknown, version: string): void {
      for (const file of filesOf(system)) if (file.module === name) this.state.load(file, exports, version);
    }

    override enable(): void {
      // registerInstrumentations enables whatever was made with `enabled: false`.
      if (this.getConfig().enabled === false) return;
      super.enable();
      this.state.enable();
    }

    override disable(): void {
      super.disable();
      this.state.disable();
    }

    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider(provider);
      this.state.given.tracer = provider === tracers() ? undefined : provider;
    }

    override setMeterProvider(provider: MeterProvider): void {
      super.setMeterProvider(provider);
      this.state.given.meter = provider === meters() ? undefined : provider;
    }

    override setLoggerProvider(provider: LoggerProvider): void {
      super.setLoggerProvider(provider);
      this.state.given.logger = provider === loggers() ? undefined : provider;
    }
  };
}

interface State {
  readonly given: {
    tracer?: TracerProvider | undefined;
    meter?: MeterProvider | undefined;
    logger?: LoggerProvider | undefined;
  };
  /** A file was loaded. @returns what the app is to have of it. */
  readonly load: Load;
  enable(): void;
  disable(): void;
}

type Load = (file: WatchedFile, exports: unknown, version: string | undefined) => unknown;

function begin(
  config: JobtrailConfig,
  system: JobSystem,
  scope: InstrumentationScope,
  watcher: (recorder: Recorder) => Watcher,
): State {
  const given: State["given"] = {};
  const sink = sinkOf(config, given);
  // Made at the first load, so that an app without the library pays nothing.
  let watching: Watcher | undefined;
  const known = new Set<unknown>();
  const tell = ({ module }: WatchedFile, exports: unknown, version: string | undefined): boolean => {
    const supported = variantOf(system, module, version) !== undefined;
    const versions = system.variants.flatMap((variant) => (variant.module === module ? [variant.versions] : []));
    if (!known.has(exports)) guard("onLoad", () => config.onLoad?.({ module, version, supported, versions }));
    known.add(exports);
    return supported;
  };
  return {
    given,
    load(file, exports, version) {
      if (!tell(file, exports, version)) return exports;
      const watched = guard(`${system.name}: watch`, () => {
        watching ??= watcher(recorderOf(scope, config, sink));
        return watching.loaded({ ...file, exports, version });
      });
      return watched ?? exports;
    },
    enable: () => watching?.watch(),
    disable: () => watching?.undo(),
  };
}

function recorderOf(scope: InstrumentationScope, config: JobtrailConfig, sink: () => Sink): Recorder {
  const { record } = readSettings(process.env).settings;
  if (record !== undefined && config.render === undefined)
    diag.warn(
      `jobtrail: JOBTRAIL_RECORD is "${record}", which only @jobtrail/register reads; give ${scope.name} the option render, such as rendererOf of @jobtrail/schemas makes it.`,
    );
  return createRecorder(scope, config, sink);
}

/** Where the instrumentation writes: the sink of its options, but for the signals whose providers were set for it. */
function sinkOf({ sink, providers = globalProviders() }: JobtrailConfig, given: State["given"]): () => Sink {
  const set = sdkSink(chosen(providers, given));
  if (sink === undefined) return set;
  let from: readonly Sink[] = [];
  let made: Sink = {};
  return () => {
    const [base, own] = [sink(), set()];
    if (from[0] !== base || from[1] !== own)
      made = {
        spans: given.tracer === undefined ? base.spans : own.spans,
        logs: given.logger === undefined ? base.logs : own.logs,
        metrics: given.meter === undefined ? base.metrics : own.metrics,
      };
    from = [base, own];
    return made;
  };
}

/** The providers that were set for this instrumentation, and for the rest those of its options or the global ones. */
function chosen(fallback: () => Providers, given: State["given"]): () => Providers {
  let last: Providers | undefined;
  return () => {
    const rest = fallback();
    const { tracer, meter, logger } = given;
    if (tracer === undefined && meter === undefined && logger === undefined) return rest;
    const next = { tracer: tracer ?? rest.tracer, meter: meter ?? rest.meter, logger: logger ?? rest.logger };
    if (last === undefined || last.tracer !== next.tracer || last.meter !== next.meter || last.logger !== next.logger)
      last = next;
    return last;
  };
}

/** One definition per module. All versions are let in, so that an unsupported one can be told of. */
function definitionsOf(system: JobSystem, load: Load): InstrumentationNodeModuleDefinition[] {
  const files = filesOf(system);
  return [...new Set(files.map(({ module }) => module))].map((module) => {
    const own = files.filter((each) => each.module === module);
    const patch = (each: WatchedFile) => (exports: unknown, version?: string) => load(each, exports, version);
    const entry = own.find(({ file }) => file === ".");
    const inner = own
      .filter(({ file }) => file !== ".")
      .map((each) => new InstrumentationNodeModuleFile(`${module}/${each.file}`, ["*"], patch(each), () => undefined));
    return new InstrumentationNodeModuleDefinition(
      module,
      ["*"],
      entry === undefined ? undefined : patch(entry),
      () => undefined,
      inner,
    );
  });
}
