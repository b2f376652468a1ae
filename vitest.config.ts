import { defineConfig } from "vitest/config";

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
    reporters: ["default", "./tools/count.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
