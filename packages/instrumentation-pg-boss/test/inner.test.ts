import { createRequire } from "node:module";
import * as imported from "pg-boss";
import Manager from "pg-boss/dist/manager.js";
import Telemetry from "pg-boss/dist/telemetry.js";
import { expect, test } from "vitest";
import { innerFiles } from "../src/inner.ts";

const paths = ["dist/telemetry.js", "dist/manager.js"];

test("behind a required entry are the very classes that it uses", () => {
  const required: unknown = createRequire(import.meta.url)("pg-boss");
  const found = innerFiles(required, paths);
  expect([...found.keys()]).toEqual(paths);
  expect([...found.values()].map((exports) => (exports as { default: unknown }).default)).toEqual([Telemetry, Manager]);
});

test("an entry that nobody required has no files", () => {
  expect(innerFiles({ ...imported }, paths)).toEqual(new Map());
});
