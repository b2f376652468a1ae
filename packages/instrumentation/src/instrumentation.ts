import { logs, metrics, trace } from "@opentelemetry/api";
import type { LoggerProvider, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { readSettings } from "@jobtrail/conventions";
import { createRecorder, globalProviders, guard } from "@jobtrail/core";
import type { InstrumentationScope, Providers, Recorder, RecorderOptions } from "@jobtrail/core";
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
      const config = this.getConfig();
      const state = begin(config.providers);
      this.state = state;
      // Made at the first load, so that an app without the library pays nothing.
      let recorder: Recorder | undefined;
      const watch = (target: Target, exports: unknown, version: string | undefined): unknown => {
        const supported = target.versions.some((range) => satisfies(version ?? "", range));
        const { module, versions } = target;
        guard("onLoad", () => config.onLoad?.({ module, version, supported, versions }));
        if (!supported) return exports;
        guard(`${system.name}: watch`, () => {
          recorder ??= createRecorder(scope, config as RecorderOptions, state.providers);
          state.undos.push(target.watch(exports, recorder));
        });
        return exports;
      };
      return definitionsOf(system.targets, watch);
    }

    override enable(): void {
      // registerInstrumentations enables whatever was made with `enabled: false`.
      if (this.getConfig().enabled === false) return;
      super.enable();
    }

    override disable(): void {
      super.disable();
      for (const undo of this.state.undos.splice(0)) guard("undo", undo);
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
  readonly undos: Undo[];
  readonly providers: () => Providers;
}

/** The providers that someone chose for this instrumentation, and the global ones for the rest. */
function begin(chosen: (() => Providers) | undefined): State {
  const given: State["given"] = {};
  const fallback = chosen ?? globalProviders();
  let last: Providers | undefined;
  return {
    given,
    undos: [],
    providers() {
      const rest = fallback();
      const { tracer, meter, logger } = given;
      if (tracer === undefined && meter === undefined && logger === undefined) return rest;
      const next = { tracer: tracer ?? rest.tracer, meter: meter ?? rest.meter, logger: logger ?? rest.logger };
      if (last === undefined || last.tracer !== next.tracer || last.meter !== next.meter || last.logger !== next.logger)
        last = next;
      return last;
    },
  };
}

type Watch = (target: Target, exports: unknown, version: string | undefined) => unknown;

/** One definition per module. All versions are let in, so that an unsupported one can be told of. */
function definitionsOf(targets: readonly Target[], watch: Watch): InstrumentationNodeModuleDefinition[] {
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
            (exports: unknown, version?: string) => watch(target, exports, version),
            () => undefined,
          ),
      );
    const patch =
      entry === undefined ? undefined : (exports: unknown, version?: string) => watch(entry, exports, version);
    return new InstrumentationNodeModuleDefinition(module, ["*"], patch, () => undefined, files);
  });
}
