import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { absenceOf, redis, startRedis } from "@jobtrail/testing";
import { describe, expect, test, vi } from "vitest";
import { collectorTest, otelcol } from "../collector/collector.ts";
import { commandIn } from "../collector/deployed.ts";
import { freePorts } from "../collector/otelcol.ts";
import { composedIn, mountsOf, processesOf } from "./composed.ts";
import { dockerfileIn, wordsOf } from "./image.ts";

const root = join(import.meta.dirname, "../..");
const composed = composedIn(root);
const stages = dockerfileIn(root);
const services = Object.entries(composed.services);
const stageOf = (name: string): (typeof stages)[number] => stages.find((each) => each.name === name)!;

test("images are pinned, or made by a stage of the Dockerfile", () => {
  const loose = services.filter(([, { image, build }]) =>
    build === undefined
      ? !/:\d+\.\d+\.\d+[\w.-]*$/.test(image ?? "")
      : build.context !== "." || !stages.some(({ name }) => name === build.target),
  );
  expect(loose).toEqual([]);
  expect(stages.filter(({ from }) => !/^docker\.io\/library\/node:\d+\.\d+\.\d+-[\w-]+$/.test(from))).toEqual([]);
});

test("every volume, address and dependency leads somewhere, and ports are opened on this machine alone", () => {
  const { volumes } = composed;
  expect(services.flatMap(([, service]) => mountsOf(service)).filter(([source]) => !(source in volumes))).toEqual([]);
  const names = new Set(services.map(([name]) => name));
  const called = services.flatMap(([, { environment = {} }]) =>
    Object.values(environment).flatMap((text) => [...text.matchAll(/:\/\/([a-z]+):\d+/g)].map(([, name = ""]) => name)),
  );
  const needed = services.flatMap(([, { depends_on: needs = [] }]) =>
    Array.isArray(needs) ? needs : Object.keys(needs),
  );
  expect([...called, ...needed].filter((name) => !names.has(name))).toEqual([]);
  const open = services.flatMap(([, { ports = [] }]) => ports.filter((port) => !port.startsWith("127.0.0.1:")));
  expect(open).toEqual([]);
});

test("the Dockerfile copies what there is, installs what a worker has, and nothing that is built is sent to the builder", () => {
  const copied = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ word, rest }) => word === "COPY" && !rest.startsWith("--from"))
      .map(({ rest }) => rest.split(" ")[0] ?? ""),
  );
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const example = JSON.parse(readFileSync(join(root, "examples/observability/worker/package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const worker = stageOf("worker").instructions.find(({ rest }) => rest.includes("install"))?.rest ?? "";
  for (const name of Object.keys(example.dependencies).filter((each) => !each.startsWith("@jobtrail/")))
    expect(worker).toContain(` ${name}@`);
  const ignored = readFileSync(join(root, ".dockerignore"), "utf8").trim().split("\n");
  expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules", "**/dist", "packs"]));
  const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object }).scripts;
  expect(stageOf("build").instructions.flatMap(({ rest }) => /pnpm@12 ([\w:]+)$/.exec(rest)?.[1] ?? [])).toEqual(
    Object.keys(scripts).filter((name) => name === "pack:all"),
  );
});

const absence = absenceOf(redis, process.env);
if (absence !== undefined && !absence.fails) console.log(`Skipped: ${absence.line}`);

describe.skipIf(absence !== undefined && !absence.fails)(
  "the services as processes, with the commands of the file",
  () => {
    collectorTest("bring the worker's jobs through the Collector into the job log", { timeout: 90_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "jobtrail-compose-"));
      try {
        const bin = commandIn(folder);
        const [http = 0, log = 0, health = 0, metrics = 0, grpc = 0, resend = 0] = await freePorts(6);
        await using server = await startRedis();
        const addresses = {
          "redis:6379": new URL(server.url).host,
          "collector:14318": `127.0.0.1:${http}`,
          "joblog:4318": `127.0.0.1:${log}`,
          "0.0.0.0": "127.0.0.1",
        };
        await using processes = processesOf(composed, { folder, addresses });
        const ports = {
          JOBTRAIL_COLLECTOR_HTTP: `127.0.0.1:${http}`,
          JOBTRAIL_COLLECTOR_GRPC: `127.0.0.1:${grpc}`,
          JOBTRAIL_COLLECTOR_HEALTH: `127.0.0.1:${health}`,
          JOBTRAIL_COLLECTOR_RESEND: `127.0.0.1:${resend}`,
          JOBTRAIL_COLLECTOR_METRICS_PORT: `${metrics}`,
        };
        const command = wordsOf(stageOf("command"), "ENTRYPOINT").map((word) => join(bin, word));
        processes.start("joblog", { program: command, more: ["--port", `${log}`] });
        const program = composed.services["config"]?.entrypoint ?? [];
        expect(await processes.run("config", { program, env: { ...ports, PATH: `${bin}:/usr/bin:/bin` } })).toContain(
          "joblog, tier gateway: ready.",
        );
        processes.start("collector", { program: [otelcol() ?? ""], env: ports });
        const [node, ...args] = wordsOf(stageOf("worker"), "CMD");
        expect(node).toBe("node");
        processes.start("worker", {
          program: [process.execPath, "--conditions=@jobtrail/source", ...args],
          cwd: workerIn(join(folder, "app")),
        });
        await vi.waitFor(
          async () => {
            const response = await fetch(`http://127.0.0.1:${log}/api/v1/summary`);
            const { success } = (await response.json()) as { readonly success: number };
            expect(success).toBeGreaterThan(3);
          },
          { timeout: 60_000, interval: 300 },
        );
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    });
  },
);

/** The worker's folder of the image: what the Dockerfile copies there, with the packages of the workspace. */
function workerIn(folder: string): string {
  mkdirSync(folder);
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), `{"type": "module"}`);
  const copies = stageOf("worker").instructions.filter(
    ({ word, rest }) => word === "COPY" && !rest.startsWith("--from"),
  );
  for (const { rest } of copies) {
    const [from = "", to] = rest.split(" ");
    expect(to).toBe("/app/");
    copyFileSync(join(root, from), join(folder, basename(from)));
  }
  return folder;
}
