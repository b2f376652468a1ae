import type { Settings } from "@jobtrail/conventions";
import { diag } from "@jobtrail/core/recorder";
import { filesOf } from "@jobtrail/instrumentation";
import { watchAbsence } from "./absence.ts";
import { decide, leave } from "./decide.ts";
import type { Decider } from "./decide.ts";
import { logToStderr } from "./diagnostics.ts";
import { hook } from "./hooks.ts";
import { renderIn } from "./render.ts";
import { serviceOf } from "./service.ts";
import type { Service } from "./service.ts";
import { chosen } from "./systems.ts";

/** Begins to watch every job system that the process loads from now on. */
export async function watch(env: NodeJS.ProcessEnv, settings: Settings): Promise<void> {
  logToStderr(env["OTEL_LOG_LEVEL"]);
  const service = serviceOf(env);
  const decision = decisionOf(env, settings, service);
  const systems = chosen(env);
  const render = await renderIn(settings, service.name);
  const absence = watchAbsence(systems, env);
  const instrumentations = systems.map(
    ({ Instrumentation }) =>
      new Instrumentation({
        sink: decision.sink,
        service: service.name,
        render,
        onLoad(loaded) {
          absence.loaded(loaded);
          diag.info(`jobtrail: ${loaded.module} ${loaded.version} is ${loaded.supported ? "" : "not "}watched.`);
          if (loaded.supported) decision.expect();
        },
      }),
  );
  await hook(instrumentations.filter((_, i) => systems[i]?.loader === true).flatMap(({ system }) => filesOf(system)));
}

function decisionOf(env: NodeJS.ProcessEnv, { sdk, signals }: Settings, service: Service): Decider {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return leave();
  // A configuration file describes an SDK in full; what it says is for the app's own to read.
  if (sdk === "auto" && (env["OTEL_CONFIG_FILE"] ?? "") !== "")
    return leave("OTEL_CONFIG_FILE is set, so the app's own SDK should send, but none was started");
  return sdk === "off" ? leave() : decide(sdk, { env, signals, service });
}
