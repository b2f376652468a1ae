/**
 * Begins a test's child process (`node --import`): registers the instrumentation under test as the
 * plan says, and reports on a descriptor of its own when the process comes to its end.
 */
import { writeSync } from "node:fs";
import { register as registerLoader, registerHooks } from "node:module";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import type { Recorder } from "@jobtrail/core/recorder";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { register, supportsSyncHooks } from "import-in-the-middle/register-hooks.mjs";
import { withFault } from "./fault.ts";
import { functions } from "./functions.ts";
import type { WatchedSystem } from "./harness.ts";
import { reportDescriptor, variable } from "./plan.ts";
import type { Plan, Report } from "./plan.ts";
import { startSdk } from "./sdk.ts";

const plan = JSON.parse(process.env[variable] ?? "{}") as Plan;
const diagErrors: string[] = [];
const patched = new Set<string>();
const kept = functions();
let planted = 0;
let threw = 0;

process.once("exit", () => {
  // A library may replace functions of its own later: those are none of ours.
  const left = kept.changed().filter((path) => patched.has(path));
  const report: Report = { patched: [...patched], left, threw, planted, diagErrors };
  writeSync(reportDescriptor, JSON.stringify(report));
});

diag.setLogger(
  {
    error: (message, ...more) => diagErrors.push([message, ...more].map(String).join(" ")),
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
    verbose: () => undefined,
  },
  DiagLogLevel.ERROR,
);

const throwing = (): never => {
  threw++;
  throw new Error("a subscriber that throws");
};
const hooks = plan.throwing === "hooks" ? { requestHook: throwing, endHook: throwing, redact: throwing } : {};
const sdk =
  plan.endpoint === undefined
    ? undefined
    : startSdk(plan.endpoint, plan.throwing === "processors" ? throwing : undefined);

/** What is watched by, as the instrumentation makes it. */
interface Watcher {
  loaded(file: { readonly exports: unknown }): unknown;
  watch(): void;
  undo(): void;
}
type Watching = Instrumentation & { readonly system: WatchedSystem; watcher: (recorder: Recorder) => Watcher };
const loaded = (await import(plan.url)) as Record<string, new (config: object) => Watching>;
const Class = loaded[plan.className];
if (Class === undefined) throw new Error(`${plan.url} has no export called ${plan.className}.`);
const instances = plan.twice === true ? [new Class(hooks), new Class(hooks)] : [new Class(hooks)];
const { variants } = (instances[0] as Watching).system;
const modules = [...new Set(variants.map(({ module }) => module))];

for (const instance of instances) instance.watcher = asPlanned(instance.watcher);
if (plan.absent === true) registerHooks({ resolve: absent });
if (plan.fault === "library-wanted") {
  planted++;
  await import(modules[0] ?? "");
}
scopedHooks();
registerInstrumentations({ instrumentations: instances });
process.once("beforeExit", () => void end());

/** Keeps how the library was, and plants the fault. */
function asPlanned(make: Watching["watcher"]): Watching["watcher"] {
  return (recorder) => {
    const watcher = make(withFault(recorder, plan.fault, () => planted++));
    return {
      watch: () => watcher.watch(),
      loaded(file) {
        kept.keep(file.exports);
        const before = new Set(kept.changed());
        const exports = watcher.loaded(file);
        for (const path of kept.changed()) if (!before.has(path)) patched.add(path);
        if (plan.fault === "host-printed") kept.replaceChanged(printing);
        return exports;
      },
      undo() {
        if (plan.fault === "undo-forgotten") planted++;
        else watcher.undo();
      },
    };
  };
}

const printed = new WeakSet<object>();

/** The same function, which prints a line when it is called. */
function printing(fn: (...args: unknown[]) => unknown): typeof fn {
  if (printed.has(fn)) return fn;
  const loud = function (this: unknown, ...args: unknown[]): unknown {
    planted++;
    writeSync(1, "planted\n");
    return Reflect.apply(fn, this, args);
  };
  printed.add(loud);
  return loud;
}

/** Reaches ES modules: of the watched libraries alone, where this Node can say so. */
function scopedHooks(): void {
  if (!supportsSyncHooks()) return registerLoader("import-in-the-middle/hook.mjs", import.meta.url);
  const shouldInclude = (url: string): boolean => modules.some((module) => url.includes(`/node_modules/${module}/`));
  // The type of its options lacks this one.
  register({ shouldInclude } as Parameters<typeof register>[0]);
}

function absent(
  specifier: string,
  context: Parameters<NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>>[1],
  next: Parameters<NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>>[2],
): ReturnType<typeof next> {
  if (!modules.some((module) => specifier === module || specifier.startsWith(`${module}/`)))
    return next(specifier, context);
  throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" });
}

async function end(): Promise<void> {
  await sdk?.shutdown();
  for (const instance of instances) instance.disable();
}
