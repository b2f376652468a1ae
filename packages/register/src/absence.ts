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
}

/** How long a process may run without a job system before it is said. */
const patienceMs = 10_000;

/** Says once if no job system is there to be watched, and why. */
export function watchAbsence(systems: readonly JobSystem[], env: NodeJS.ProcessEnv): Absence {
  const modules = new Map<
    string,
    { readonly versions: Set<string>; version: string | undefined; supported: boolean }
  >();
  const judge = (): void => {
    const unsupported = [...modules].filter(([, { supported }]) => !supported);
    for (const [module, { version, versions }] of unsupported)
      say(
        `version of ${module}`,
        `${module} ${version ?? "of unknown version"} is not watched: supported is ${[...versions].join(" or ")}.`,
      );
    if (modules.size === 0) say("absence", noneSeen(systems));
  };
  if (asked(env)) {
    after(patienceMs, judge);
    // A process that failed has said what matters.
    if (!inherited(env)) process.once("exit", (code) => code === 0 && judge());
  }
  return {
    loaded({ module, version, supported, versions }) {
      const known = modules.get(module) ?? { versions: new Set(), version, supported: false };
      modules.set(module, known);
      known.supported ||= supported;
      for (const range of versions) known.versions.add(range);
    },
  };
}

function noneSeen(systems: readonly JobSystem[]): string {
  if (systems.length === 0)
    return "no job system is watched: OTEL_NODE_ENABLED_INSTRUMENTATIONS or OTEL_NODE_DISABLED_INSTRUMENTATIONS leaves none.";
  const names = systems.map(nameOf).join(", ");
  return `no job system was loaded (${names}). If the app is bundled, mark the one it uses as external, so that it is loaded from node_modules.`;
}

/** Whether this process is one whose user wants to know: an app of one's own, started by hand. */
function asked(env: NodeJS.ProcessEnv): boolean {
  const main = mainFile();
  if (main === undefined || process.send !== undefined) return false;
  // Yarn keeps itself beside the app; node:test runs each file in a process like this one.
  return !main.includes("/.yarn/") && env["NODE_TEST_CONTEXT"] === undefined;
}

/** Whether the flag came with the environment, which every tool that the app starts inherits. */
const inherited = (env: NodeJS.ProcessEnv): boolean => env["NODE_OPTIONS"]?.includes("@jobtrail/register") === true;
