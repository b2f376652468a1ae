import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { showMessages } from "@jobtrail/core/recorder";
import { startTelemetry } from "@jobtrail/testing";
import * as croner from "croner";
import { afterEach, expect, test, vi } from "vitest";
import { jobInstrumentations, watch } from "./index.ts";
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

test("a module that a bundler hides is watched where it is passed", async () => {
  const telemetry = startTelemetry();
  watch("croner", croner, "11.0.1", { providers: telemetry.providers });
  const tick = new croner.Cron("0 0 1 1 *", { name: "tick" }, () => undefined);
  await tick.trigger();
  tick.stop();
  expect(telemetry.spans().map(({ name }) => name)).toEqual(["run tick"]);
});

test("what cannot be watched in a bundle is said, and the app goes on", () => {
  const said: string[] = [];
  const say = (line: string): unknown => said.push(line);
  showMessages({ warn: say });
  watch("bullmq", {}, "3.0.0");
  watch("pg-boss", {}, "12.38.0");
  watch("nothing", {}, "1.0.0");
  expect(said).toEqual([
    expect.stringMatching(/^jobtrail: bullmq 3\.0\.0 is not watched: supported is >=.*\.$/),
    "jobtrail: pg-boss cannot be watched within a bundle: mark it as external, so that it is loaded from node_modules.",
    "jobtrail: nothing is not watched.",
  ]);
});
