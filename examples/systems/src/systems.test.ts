import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nameOf, systems } from "@jobtrail/auto-instrumentations/systems";
import { postgres, redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { installed, register, runProgram } from "../../../test/hosts/hosts.ts";

const folder = import.meta.dirname;
const programs = globSync("*.mjs", { cwd: folder }).toSorted();
const index = readFileSync(join(folder, "../../README.md"), "utf8");

test("every system has a program of 40 lines at most, and the index names it", () => {
  expect(programs.map((path) => basename(path, ".mjs"))).toEqual(systems.map(nameOf).toSorted());
  for (const path of programs) {
    expect(readFileSync(join(folder, path), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(index).toContain(`systems/src/${path}`);
  }
});

/** Runs a program with the flag: each of its runs must have a start, an end and a span. */
async function watched(path: string, env: Readonly<Record<string, string>>, cwd = folder): Promise<void> {
  await using receiver = await startReceiver();
  const { err } = await runProgram(cwd, path, ["--import", register], {
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  });
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

const textOf = (path: string): string => readFileSync(join(folder, path), "utf8");
const needs = (variable: string): string[] => programs.filter((path) => textOf(path).includes(variable));

withService("examples with Redis", redis, (service) => {
  test.for(needs("REDIS_URL"))("%s", (path) => watched(path, service().env));
});

withService("examples with PostgreSQL", postgres, (service) => {
  test.for(needs("DATABASE_URL"))("%s", (path) => watched(path, service().env));
});

test("nestjs-schedule.mjs", async () => {
  const root = join(folder, "../../../test/nest");
  const nest = await installed(join(root, "12"), "nest/12", folder, ["nestjs-schedule.mjs"]);
  await watched("nestjs-schedule.mjs", {}, nest);
}, 300_000);

const others = programs.filter((path) => !/REDIS_URL|DATABASE_URL|@nestjs/.test(textOf(path)));

test.for(others)("%s", (path) => watched(path, {}));
