import { createRequire } from "node:module";
import type { Settings } from "@jobtrail/conventions/settings";
import { createRecorder, diag } from "@jobtrail/core/recorder";
import type { Watcher } from "@jobtrail/instrumentation";
import type { JobSystem } from "@jobtrail/instrumentation/system";
import { decide, leave } from "./decide.ts";
import type { Decider } from "./decide.ts";
import { logToStderr } from "./diagnostics.ts";
import type { Evaluated } from "./hooks.ts";
import { renderIn } from "./render.ts";
import { scope } from "./resource.ts";
import { serviceOf } from "./service.ts";
import type { Service } from "./service.ts";

/** Watches what is loaded. */
export interface Watching {
  /** A file of a system was evaluated. @returns its exports, or what stands in their place. */
  loaded(system: JobSystem, file: Evaluated): unknown;
}

/** Makes ready what every system needs; a system's adapter is loaded with the first of its files. */
export function watch(env: NodeJS.ProcessEnv, settings: Settings): Watching {
  logToStderr(env["OTEL_LOG_LEVEL"]);
  const service = serviceOf(env);
  const decision = decisionOf(env, settings, service);
  const render = renderIn(settings, service.name);
  const watchers = new Map<JobSystem, Watcher>();
  const watcherOf = (system: JobSystem): Watcher => {
    const options = { service: service.name, render };
    const recorder = createRecorder({ ...scope, name: system.package }, options, decision.sink);
    return adapterOf(system).watcher(recorder);
  };
  return {
    loaded(system, file) {
      const watcher = watchers.get(system) ?? watcherOf(system);
      if (!watchers.has(system)) {
        watchers.set(system, watcher);
        diag.info(`jobtrail: ${file.module} ${file.version} is watched.`);
        decision.expect();
      }
      return watcher.loaded(file);
    },
  };
}

/** What each adapter's package gives at its door `/watch`. */
interface AdapterDoor {
  readonly watcher: (recorder: ReturnType<typeof createRecorder>) => Watcher;
}

/** Loaded through the table's package, which is what depends on the adapters. */
const adapterOf = (system: JobSystem): AdapterDoor => {
  const from = createRequire(import.meta.url).resolve("@jobtrail/auto-instrumentations/systems");
  return createRequire(from)(`${system.package}/watch`) as AdapterDoor;
};

function decisionOf(env: NodeJS.ProcessEnv, { sdk, signals }: Settings, service: Service): Decider {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return leave();
  // A configuration file describes an SDK in full; what it says is for the app's own to read.
  if (sdk === "auto" && (env["OTEL_CONFIG_FILE"] ?? "") !== "")
    return leave("OTEL_CONFIG_FILE is set, so the app's own SDK should send, but none was started");
  return sdk === "off" ? leave() : decide(sdk, { env, signals, service });
}
