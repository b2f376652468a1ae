import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { jobInstrumentations } from "./index.ts";
import { nameOf, systems } from "./systems.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const names = (): readonly string[] => jobInstrumentations({ enabled: false }).map(({ system }) => nameOf(system));

test("there is an instrumentation for every job system that has a package", () => {
  const folders = globSync("instrumentation-*/package.json", { cwd: join(import.meta.dirname, "../..") });
  const packages = folders.map((path) => {
    const { name } = JSON.parse(readFileSync(join(import.meta.dirname, "../..", path), "utf8")) as { name: string };
    return name;
  });
  expect(systems.map((system) => system.package).toSorted()).toEqual(packages.toSorted());
  expect(names().toSorted()).toEqual(systems.map(nameOf).toSorted());
});

test("OpenTelemetry's variables choose among them, whatever the case of their letters", () => {
  vi.stubEnv("OTEL_NODE_ENABLED_INSTRUMENTATIONS", "http, BullMQ,croner");
  vi.stubEnv("OTEL_NODE_DISABLED_INSTRUMENTATIONS", "croner");
  expect(names()).toEqual(["bullmq"]);
});
