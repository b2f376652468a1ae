import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reader, tap, watcherOf } from "../src/adapter.ts";
import { instrumentationOf } from "../src/index.ts";
import type { InstrumentationClass, JobSystem } from "../src/index.ts";

/** A small job library, as the tests load it. */
export interface Library {
  readonly work: (name: string) => string;
}

/** Folders with the library installed, each in its own copy. */
export interface Installed extends Disposable {
  /** Loads the copy of a version. */
  load(version: string): Library;
}

/** Installs versions of a library in folders of their own, so that each test loads fresh copies. */
export function install(...versions: readonly string[]): Installed {
  const root = mkdtempSync(join(tmpdir(), "jobtrail-instrumentation-"));
  for (const version of versions) {
    const folder = join(root, version, "node_modules", "sample-jobs");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "sample-jobs", version, main: "index.js" }));
    writeFileSync(join(folder, "index.js"), "exports.work = (name) => `did ${name}`;\n");
  }
  return {
    load: (version) => createRequire(join(root, version, "app.js"))("sample-jobs") as Library,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The library as a job system: each call is recorded as a queued job. */
export const sample: JobSystem = {
  name: "sample",
  package: "@jobtrail/instrumentation-sample",
  carrier: "none",
  reusesIds: false,
  variants: [
    {
      name: "sample 2",
      module: "sample-jobs",
      versions: ">=2.0.0 <3",
      files: ["."],
      esm: false,
      sees: ["job.queued"],
    },
  ],
};

const read = reader<string>("sample", { name: (name) => name, id: (name) => name });

const watcher = watcherOf(sample, {
  "sample 2": (jobs) => ({
    ".": (exports) => [
      tap<unknown, [string]>(exports, "work", (_, [name]) => {
        const reading = read(name);
        return jobs.queue({ verb: "work", to: reading, stored: () => [{ reading }] });
      }),
    ],
  }),
});

/** Its instrumentation's class. */
export const SampleInstrumentation: InstrumentationClass = instrumentationOf(sample, watcher);
