import { createRequire } from "node:module";
import { extname } from "node:path";
import { chosen, others, systems } from "@jobtrail/auto-instrumentations/systems";
import { readSettings, standardWarnings } from "@jobtrail/conventions/settings";
import { filesOf, variantOf } from "@jobtrail/instrumentation/system";
import type { JobSystem } from "@jobtrail/instrumentation/system";
import { watchAbsence } from "./absence.ts";
import { hook } from "./hooks.ts";
// Loaded at the start: what sends is loaded in some call of the app's.
import "./outside.ts";
import type { Evaluated } from "./hooks.ts";
import { say } from "./report.ts";
import type * as watchFile from "./watch.ts";
import type { Watching } from "./watch.ts";

/**
 * Watches the job systems of this process. Only the settings and the table of systems are read here; the rest is loaded
 * with the first library that is watched. A wrong setting is said and its default holds; whatever else fails is said,
 * and the app runs without us.
 */
export function start(env: NodeJS.ProcessEnv): void {
  try {
    const { settings, warnings } = readSettings(env);
    for (const warning of [...warnings, ...standardWarnings(env, "start")]) say(warning, warning);
    if (!settings.enabled) return;
    let watching: Watching | undefined;
    const watch = (): Watching => (watching ??= load().watch(env, settings));
    // The app's own code may use what is registered, from its first line on.
    if (settings.sdk === "on") watch();
    begin(env, watch);
  } catch (error) {
    failed(error);
  }
}

/** What runs the tests of jest, each in a context of its own. */
const jest = "jest-runtime";

function begin(env: NodeJS.ProcessEnv, watch: () => Watching): void {
  const wanted = chosen(systems, env);
  const absence = watchAbsence(wanted, env);
  const owners = new Map(wanted.flatMap((system) => filesOf(system).map(({ module }) => [module, system] as const)));
  const evaluated = (file: Evaluated): unknown => {
    try {
      const system = owners.get(file.module);
      return system === undefined || !isSupported(system, file) ? file.exports : watch().loaded(system, file);
    } catch (error) {
      failed(error);
      return file.exports;
    }
  };
  const modules = wanted.flatMap(({ variants }) => variants.flatMap(({ esm, module }) => (esm ? [module] : [])));
  const seesModules = hook(wanted.flatMap(filesOf), modules, evaluated, {
    modules: [...others, jest],
    loaded: ({ module, version }) => (module === jest ? absence.runner() : absence.other(module, version)),
  });
  if (!seesModules) absence.blind();
  Object.defineProperty(globalThis, Symbol.for("jobtrail.watch"), { value: passed });

  /** Watches a module that the app passes to `watch`, because a bundler hides it. */
  function passed(name: string, exports: unknown, version: string): void {
    for (const each of wanted.flatMap(filesOf)) if (each.module === name) evaluated({ ...each, exports, version });
  }

  function isSupported(system: JobSystem, { module, version }: Evaluated): boolean {
    const supported = variantOf(system, module, version) !== undefined;
    const versions = system.variants.flatMap((variant) => (variant.module === module ? [variant.versions] : []));
    absence.loaded({ module, version, supported, versions });
    return supported;
  }
}

const load = (): typeof watchFile =>
  createRequire(import.meta.url)(`./watch${extname(import.meta.filename)}`) as typeof watchFile;

const failed = (error: unknown): void =>
  say("start", `jobs are not watched, because the start failed: ${String(error).split("\n")[0]}`);
