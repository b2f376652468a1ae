import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nameOf, systems } from "@jobtrail/auto-instrumentations/systems";
import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { installed, register, runProgram } from "../../../test/hosts/hosts.ts";

const folder = join(import.meta.dirname, "..");
const programs = globSync("*.mjs", { cwd: folder }).toSorted();
const textOf = (path: string): string => readFileSync(join(folder, path), "utf8");

test("every system has a program of 40 lines at most, and the index names it", () => {
  const index = textOf("../README.md");
  expect(programs.map((path) => basename(path, ".mjs"))).toEqual(systems.map(nameOf).toSorted());
  for (const path of programs) {
    expect(textOf(path).trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(index).toContain(`systems/${path}`);
  }
});

/** Runs a program with the flag: each of its runs must have a start, an end and a span. */
async function watched(path: string, cwd = folder): Promise<void> {
  await using receiver = await startReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const { err } = await runProgram(cwd, path, ["--import", register], env);
  expect(err).not.toContain("jobtrail:");
  const uids = (name: string) =>
    receiver.events().flatMap((event) => (event.name === name ? [event.attributes["job.run.uid"]] : []));
  const [started, ended] = [uids("job.run.started"), uids("job.run.ended")];
  const spans = receiver.spans().flatMap(({ attributes }) => attributes["job.run.uid"] ?? []);
  expect(started.length).toBeGreaterThan(0);
  expect(new Set(started).size).toBe(started.length);
  expect(new Set(ended)).toEqual(new Set(started));
  expect(new Set(spans)).toEqual(new Set(started));
}

test("nestjs-schedule.mjs", async () => {
  const from = join(folder, "../../test/nest/12");
  await watched("nestjs-schedule.mjs", await installed(from, "nest/12", folder, ["nestjs-schedule.mjs"]));
}, 300_000);

// The others need a store; systems.test.ts runs them.
const schedulers = programs.filter((path) => !/REDIS_URL|DATABASE_URL|@nestjs/.test(textOf(path)));

test.for(schedulers)("%s", (path) => watched(path));
