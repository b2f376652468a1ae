import { diag, logs, metrics, trace } from "@opentelemetry/api";
import type { LoggerProvider, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { readSettings } from "@jobtrail/conventions";
import { createRecorder, globalProviders, guard } from "@jobtrail/core/recorder";
import type { InstrumentationScope, Providers, Recorder, RecorderOptions } from "@jobtrail/core/recorder";
import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from "@opentelemetry/instrumentation";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import satisfies from "semver/functions/satisfies.js";
import type { JobSystem, Target, Undo } from "./system.ts";

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
  /** Is told of each of the system's modules that the process loads. */
  readonly onLoad?: (loaded: Loaded) => void;
}

/** An OpenTelemetry instrumentation that watches one job system. */
export interface JobtrailInstrumentation extends InstrumentationBase<JobtrailConfig> {
  readonly system: JobSystem;
}

/** The class of a job system's instrumentation, for `registerInstrumentations`. */
export type InstrumentationClass = new (config?: JobtrailConfig) => JobtrailInstrumentation;

/** Makes a job system's class. */
export function instrumentationOf(system: JobSystem, scope: InstrumentationScope): InstrumentationClass {
  return class extends InstrumentationBase<JobtrailConfig> implements JobtrailInstrumentation {
    // Made in init(), which the base constructor calls before fields of this class would be.
    declare private state: State;

    constructor(config: JobtrailConfig = {}) {
      const enabled = config.enabled ?? readSettings(process.env).settings.enabled;
      super(scope.name, scope.version, { ...config, enabled });
    }

    get system(): JobSystem {
      return system;
    }

    protected override init(): InstrumentationNodeModuleDefinition[] {
      this.state = begin(this.getConfig(), system, scope);
      return definitionsOf(system.targets, this.state.load);
    }

    override enable(): void {
      // registerInstrumentations enables whatever was made with `enabled: false`.
      if (this.getConfig().enabled === false) return;
      super.enable();
      this.state.watch();
    }

    override disable(): void {
      super.disable();
      this.state.undo();
    }

    override setTracerProvider(provider: TracerProvider): void {
      super.setTracerProvider(provider);
      this.state.given.tracer = provider === trace.getTracerProvider() ? undefined : provider;
    }

    override setMeterProvider(provider: MeterProvider): void {
      super.setMeterProvider(provider);
      this.state.given.meter = provider === metrics.getMeterProvider() ? undefined : provider;
    }

    override setLoggerProvider(provider: LoggerProvider): void {
      super.setLoggerProvider(provider);
      this.state.given.logger = provider === logs.getLoggerProvider() ? undefined : provider;
    }
  };
}

interface State {
  readonly given: {
    tracer?: TracerProvider | undefined;
    meter?: MeterProvider | undefined;
    logger?: LoggerProvider | undefined;
  };
  /** A module was loaded: it is watched if its version is supported. */
  readonly load: Load;
  /** Watches what was loaded and is not watched. */
  watch(): void;
  /** Watches nothing any more. */
  undo(): void;
}

/** One copy of a module that was loaded. */
interface Copy {
  readonly target: Target;
  readonly exports: unknown;
  readonly supported: boolean;
  undo: Undo | undefined;
}

type Load = (target: Target, exports: unknown, version: string | undefined) => unknown;

function begin(config: JobtrailConfig, system: JobSystem, scope: InstrumentationScope): State {
  const given: State["given"] = {};
  const providers = chosen(config.providers ?? globalProviders(), given);
  // The base class remembers one copy of a module; a process may have loaded several: ESM and
  // CommonJS, or two versions.
  const loaded: Copy[] = [];
  // Made at the first load, so that an app without the library pays nothing.
  let recorder: Recorder | undefined;
  const watch = (copy: Copy): void => {
    if (!copy.supported || copy.undo !== undefined) return;
    guard(`${system.name}: watch`, () => {
      recorder ??= recorderOf(scope, config, providers);
      copy.undo = copy.target.watch(copy.exports, recorder);
    });
  };
  return {
    given,
    load(target, exports, version) {
      if (loaded.some((copy) => copy.target === target && copy.exports === exports)) return exports;
      const { module, versions } = target;
      const supported = versions.some((range) => satisfies(version ?? "", range));
      guard("onLoad", () => config.onLoad?.({ module, version, supported, versions }));
      const copy: Copy = { target, exports, supported, undo: undefined };
      loaded.push(copy);
      watch(copy);
      return exports;
    },
    watch: () => loaded.forEach(watch),
    undo() {
      for (const copy of loaded) {
        guard("undo", () => copy.undo?.());
        copy.undo = undefined;
      }
    },
  };
}

function recorderOf(scope: InstrumentationScope, config: JobtrailConfig, providers: () => Providers): Recorder {
  const { record } = readSettings(process.env).settings;
  if (record !== undefined && config.render === undefined)
    diag.warn(
      `jobtrail: JOBTRAIL_RECORD is "${record}", which only @jobtrail/register reads; give ${scope.name} the option render, such as rendererOf of @jobtrail/schemas makes it.`,
    );
  return createRecorder(scope, config, providers);
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
function definitionsOf(targets: readonly Target[], load: Load): InstrumentationNodeModuleDefinition[] {
  return [...new Set(targets.map(({ module }) => module))].map((module) => {
    const own = targets.filter((target) => target.module === module);
    const entry = own.find(({ file }) => file === undefined);
    const files = own
      .filter(({ file }) => file !== undefined)
      .map(
        (target) =>
          new InstrumentationNodeModuleFile(
            `${module}/${target.file}`,
            ["*"],
            (exports: unknown, version?: string) => load(target, exports, version),
            () => undefined,
          ),
      );
    const patch =
      entry === undefined ? undefined : (exports: unknown, version?: string) => load(entry, exports, version);
    return new InstrumentationNodeModuleDefinition(module, ["*"], patch, () => undefined, files);
  });
}
