import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { root } from "../../tools/workspace.ts";
import { register, runProgram } from "../hosts/hosts.ts";
import { dependencies, installExample } from "./example.ts";
import { installSet } from "./set.ts";

const isWhole = process.env["JOBTRAIL_PROOF"] === "beside";

const nests = [
  { name: "NestJS 12", set: "nest" },
  { name: "NestJS 11", set: "nest-11" },
  { name: "NestJS 10", set: "nest-10" },
].filter(({ set }) => set === "nest" || isWhole);

const bulls = [
  { name: "NestJS 12", set: "nest-bull" },
  { name: "NestJS 11", set: "nest-bull-11" },
  { name: "NestJS 10", set: "nest-bull-10" },
].filter(() => isWhole);

withService("examples", redis, (service) => {
  test(
    "own-sdk: an SDK of the app's own sends traces, logs and metrics of its jobs",
    { timeout: 180_000 },
    async () => {
      const { said, installed } = dependencies("own-sdk");
      expect(installed).toEqual(said);
      const folder = await installExample("own-sdk", ["app.mjs", "telemetry.mjs"]);
      await using receiver = await startReceiver();
      const env = {
        ...service().env,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_NODE_RESOURCE_DETECTORS: "env",
      };
      const { out, err } = await runProgram(folder, "app.mjs", ["--import", "./telemetry.mjs"], env);
      const metrics = new Set(
        (await receiver.points()).map(({ name }) => name).filter((name) => name.startsWith("job.")),
      );
      expect({
        out,
        err,
        spans: receiver.spans().map(({ name, links }) => [name, links.length]),
        events: receiver.events().map(({ name }) => name),
        metrics: [...metrics].toSorted(),
        services: [...new Set(receiver.records().map(({ resource }) => resource.attributes["service.name"]))],
      }).toEqual({
        out: "sent to ann@example.org\n",
        err: "",
        spans: [
          ["add mail", 0],
          ["process mail", 1],
        ],
        events: ["job.queued", "job.run.started", "job.run.ended"],
        metrics: ["job.run.active", "job.run.duration", "job.run.wait"],
        services: ["mailer"],
      });
    },
  );

  test.each(nests)(
    "nest: $name with @nestjs/bullmq, compiled to CommonJS, by the flag alone",
    { timeout: 180_000 },
    async ({ set }) => {
      if (set === "nest") expect(dependencies("nest").installed).toEqual(dependencies("nest").said);
      const folder = await installExample("nest", ["src", "tsconfig.json"], set);
      const given = [
        join(root, "node_modules/typescript/lib/tsc.js"),
        "--typeRoots",
        join(root, "node_modules/@types"),
      ];
      await promisify(execFile)(process.execPath, given, { cwd: folder });
      await using receiver = await startReceiver();
      const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
      const { out, err } = await runProgram(folder, "dist/main.js", ["--import", register], env);
      expect({
        out,
        err,
        spans: receiver.spans().map(({ name, links }) => [name, links.length]),
        events: receiver.events().map(({ name }) => name),
      }).toEqual({
        out: "sent to ann@example.org\n",
        err: "",
        spans: [
          ["add mail", 0],
          ["process mail", 1],
        ],
        events: ["job.queued", "job.run.started", "job.run.ended"],
      });
    },
  );

  test.each(bulls)("nest: $name with @nestjs/bull, by the flag alone", { timeout: 180_000 }, async ({ set }) => {
    const folder = join(await installSet(set), "programs");
    await using receiver = await startReceiver();
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const { out, err } = await runProgram(folder, "nest-bull.cjs", ["--import", register], env);
    expect({ out, err, spans: receiver.spans().map(({ name, links }) => [name, links.length]) }).toEqual({
      out: "sent to ann@example.org\n",
      err: "",
      spans: [
        ["add mail", 0],
        ["process mail", 1],
      ],
    });
  });

  test("own-sdk: a serverless function has sent everything when it returns", { timeout: 180_000 }, async () => {
    const folder = await installExample("own-sdk", ["function.mjs", "telemetry.mjs"]);
    await using receiver = await startReceiver();
    const env = {
      ...service().env,
      FUNCTION: join(folder, "function.mjs"),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_NODE_RESOURCE_DETECTORS: "env",
    };
    const invoke = join(import.meta.dirname, "programs/invoke.mjs");
    await expect(runProgram(folder, invoke, [], env)).rejects.toMatchObject({ signal: "SIGKILL" });
    const spans = receiver.spans().map(({ name }) => name.split(" ")[0]);
    expect({ spans, events: receiver.events().map(({ name }) => name) }).toEqual({
      spans: ["add"],
      events: ["job.queued"],
    });
  });
});
