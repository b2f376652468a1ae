import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { now } from "@jobtrail/core/event";
import { instrumentationOf, wrap } from "../src/index.ts";
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

/** The library as a job system: each call is told as a queued job. */
export const sample: JobSystem = {
  name: "sample",
  sees: ["job.queued"],
  carrier: "none",
  targets: [
    {
      module: "sample-jobs",
      versions: [">=2.0.0 <3"],
      watch: (exports, to) =>
        wrap(
          exports,
          "work",
          (original) =>
            function (...args) {
              const attributes = { "job.system.name": "sample", "job.name": String(args[0]) };
              to.emit({ name: "job.queued", seen: now(), attributes });
              return original.apply(this, args as unknown[]);
            },
        ),
    },
  ],
};

/** Its instrumentation's class. */
export const SampleInstrumentation: InstrumentationClass = instrumentationOf(sample, {
  name: "@jobtrail/instrumentation-sample",
  version: "0.1.0",
});
