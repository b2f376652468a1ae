import { join } from "node:path";
import { defineConfig } from "vitest/config";
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
    reporters: ["default", count(join(import.meta.dirname, ".ci/skips"))],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
