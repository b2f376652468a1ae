import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { count } from "./tools/count.ts";

const conditions = ["@jobtrail/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "tools/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/*/src/**/*.test.ts",
    ],
    // Set by .ci/run where no Collector can be built; test/found.test.ts tells of it.
    exclude: [...configDefaults.exclude, ...(process.env["JOBTRAIL_NO_GO"] ? ["test/collector/**"] : [])],
    setupFiles: [join(import.meta.dirname, "tools/seed.ts")],
    reporters: ["default", count(join(import.meta.dirname, ".ci/skips"))],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
