import { readFileSync } from "node:fs";
import type * as channels from "node:diagnostics_channel";
import { basename } from "node:path";
import { after } from "@jobtrail/core/clock";
import { nameOf } from "@jobtrail/auto-instrumentations/systems";
import type { JobSystem } from "@jobtrail/instrumentation/system";
import { say } from "./report.ts";
import { mainFile } from "./service.ts";

/** A version of a job system that the process loaded. */
export interface Loaded {
  readonly module: string;
  readonly version: string | undefined;
  /** Whether the version is one that is watched. */
  readonly supported: boolean;
  /** The ranges that would be. */
  readonly versions: readonly string[];
}

/** Keeps in mind which job systems were seen. */
export interface Absence {
  loaded(loaded: Loaded): void;
  /** Another package for jobs was loaded, which is not watched. */
  other(module: string, version: string | undefined): void;
  /** A test runner was loaded that gives each test a context of its own, where no module is seen. */
  runner(): void;
  /** ES modules are not seen in this process. */
  blind(): void;
}

/** How long a process may run without a job system before it is said. */
const patienceMs = 10_000;

/** Says once what is not watched, and why. */
export function watchAbsence(systems: readonly JobSystem[], env: NodeJS.ProcessEnv): Absence {
  const main = asked(env);
  const seen = new Seen(systems, main);
  if (main !== undefined) {
    const stop = after(patienceMs, () => seen.judge(" so far"));
    // A process that failed has said what matters.
    if (!inherited(env))
      process.once("exit", (code) => {
        stop();
        if (code === 0) seen.judge();
      });
  }
  return seen;
}

class Seen implements Absence {
  readonly #systems: readonly JobSystem[];
  readonly #main: string | undefined;
  readonly #modules = new Map<string, Loaded & { readonly all: Set<string> }>();
  readonly #others = new Map<string, string | undefined>();
  #hasChildren = false;
  #hasRunner = false;
  #seesModules = true;

  constructor(systems: readonly JobSystem[], main: string | undefined) {
    this.#systems = systems;
    this.#main = main;
    if (main !== undefined) onChild(() => (this.#hasChildren = true));
  }

  loaded(loaded: Loaded): void {
    const known = this.#modules.get(loaded.module);
    const all = new Set([...(known?.all ?? []), ...loaded.versions]);
    this.#modules.set(loaded.module, { ...(known?.supported === true ? known : loaded), all });
  }

  other(module: string, version: string | undefined): void {
    this.#others.set(module, version);
  }

  /** Of several workers the first says it. */
  runner(): void {
    this.#hasRunner = true;
    if ((process.env["JEST_WORKER_ID"] ?? "1") === "1") say("runner", contexts);
  }

  blind(): void {
    this.#seesModules = false;
  }

  /** @param when qualifies what was not loaded. */
  judge(when = ""): void {
    if (this.#hasRunner) return;
    for (const { module, version, supported, all } of this.#modules.values())
      if (!supported)
        say(`version of ${module}`, `${named(module, version)} is not watched: supported is ${[...all].join(" or ")}.`);
    const bundled = this.#bundled();
    for (const system of bundled) say(`bundled ${system.name}`, this.#bundledLine(system));
    const names = this.#systems.map(nameOf).join(", ");
    for (const [module, version] of this.#others)
      say(`other ${module}`, `${named(module, version)} is loaded and not watched. Jobtrail watches ${names}.`);
    if (this.#systems.length === 0) say("absence", noneWanted);
    else if (this.#modules.size + this.#others.size + bundled.length === 0 && !this.#hasChildren)
      say("absence", this.#noneLoaded(when, names));
  }

  #noneLoaded(when: string, names: string): string {
    if (!this.#seesModules) {
      const hidden = this.#systems.filter(({ variants }) => variants.some(({ esm }) => esm)).map(nameOf);
      return `no job system was seen${when}: ${runtime()} shows no ES modules, such as those of ${hidden.join(" and ")}. Pass the one that the app uses to watch() of @jobtrail/auto-instrumentations.`;
    }
    return isFirst()
      ? `no job system was loaded${when} (${names}). If the app is bundled, mark the one it uses as external, so that it is loaded from node_modules.`
      : `no job system was loaded${when} after Jobtrail (${names}). Start Node with --import @jobtrail/register, so that it comes first.`;
  }

  /** The systems whose code is a part of the app's main file. */
  #bundled(): readonly JobSystem[] {
    const missing = this.#systems.filter(({ variants }) => !variants.some(({ module }) => this.#modules.has(module)));
    const text = textOf(this.#main);
    return missing.filter(({ bundled }) => bundled !== undefined && holds(text, bundled.text));
  }

  #bundledLine(system: JobSystem): string {
    const name = nameOf(system);
    const watched = [...this.#modules.values()].flatMap(({ module, supported }) => (supported ? [module] : []));
    const beside =
      watched.length === 0 ? "" : ` ${watched.join(" and ")} ${watched.length === 1 ? "is" : "are"} watched.`;
    const passed = system.bundled?.isWhole === true ? ", or pass it to watch() of @jobtrail/auto-instrumentations" : "";
    return `${name} is bundled into ${basename(this.#main ?? "")}, so it is not watched.${beside} Mark ${name} as external, so that it is loaded from node_modules${passed}.`;
  }
}

/** Whether a program holds a library's text elsewhere than in our own table, which may be a part of the bundle too. */
const holds = (program: string, text: string): boolean =>
  program
    .split(text)
    .slice(0, -1)
    .some((before) => !/\btext: ?["'`]$/.test(before));

const contexts =
  "jobs are not watched in this test runner: jest loads modules in contexts of its own, where nothing sees them load. node:test, and vitest's pools forks and threads, have none.";

const noneWanted =
  "no job system is watched: OTEL_NODE_ENABLED_INSTRUMENTATIONS or OTEL_NODE_DISABLED_INSTRUMENTATIONS leaves none.";

const named = (module: string, version: string | undefined): string => `${module} ${version ?? "of unknown version"}`;

/** Calls once for the first child process or thread: the jobs may be there. */
function onChild(call: () => void): void {
  const { subscribe, unsubscribe } = process.getBuiltinModule("node:diagnostics_channel") satisfies typeof channels;
  const names = ["child_process", "worker_threads"];
  const first = (): void => {
    for (const name of names) unsubscribe(name, first);
    call();
  };
  for (const name of names) subscribe(name, first);
}

const runtime = (): string => ("Deno" in globalThis ? "Deno" : `Node ${process.versions.node}`);

/** Whether Jobtrail may have been loaded before the app: by a flag, perhaps of a file that loads more. */
const isFirst = (): boolean =>
  [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((flag) => /(^|\s)(--import|--require|-r)\b/.test(flag));

function textOf(main: string | undefined): string {
  try {
    return main === undefined ? "" : readFileSync(main, "utf8");
  } catch {
    return "";
  }
}

/** The main file of a process whose user wants to know: an app of one's own, started by hand. */
function asked(env: NodeJS.ProcessEnv): string | undefined {
  const main = mainFile();
  if (main === undefined || process.send !== undefined) return undefined;
  // Yarn keeps itself beside the app; node:test runs each file in a process like this one.
  return main.includes("/.yarn/") || env["NODE_TEST_CONTEXT"] !== undefined ? undefined : main;
}

/** Whether the flag came with the environment, which every tool that the app starts inherits. */
const inherited = (env: NodeJS.ProcessEnv): boolean => env["NODE_OPTIONS"]?.includes("@jobtrail/register") === true;
