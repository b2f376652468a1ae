import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { nameOf, systems } from "@jobtrail/auto-instrumentations/systems";
import { redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { root } from "../../tools/workspace.ts";
import { register } from "../hosts/hosts.ts";
import { installSet } from "./set.ts";
import { ways } from "./ways.ts";

const isWhole = process.env["JOBTRAIL_PROOF"] === "beside";

withService("started in another way", redis, (service) => {
  test.each(ways.filter(({ isShort }) => isShort === true || isWhole))(
    "jobs are seen, or one line says why not: $name",
    { timeout: 180_000 },
    async ({ name, set, folder = "programs", command, env, seen, said = "" }) => {
      const installed = await installSet(set);
      await using receiver = await startReceiver();
      const [program = "", ...args] = command.map((each) =>
        each.startsWith("node_modules/") ? join(installed, each) : each === "VITEST" ? vitest : each,
      );
      const child = spawn(program, args, {
        cwd: join(installed, folder),
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          ...service().env,
          QUEUE: name.replaceAll(/\W+/g, "-"),
          REGISTER: register,
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
          ...env,
        },
        stdio: ["ignore", "ignore", "pipe"],
        timeout: 60_000,
        killSignal: "SIGKILL",
      });
      const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
      const lines = (await text(child.stderr)).split("\n").filter((line) => line.startsWith("jobtrail:"));
      expect({
        ended: await ended,
        seen: [...new Set(receiver.records().map(({ scope }) => scope.name))].toSorted(),
        lines,
      }).toEqual({
        ended: 0,
        seen: seen.map((system) => `@jobtrail/instrumentation-${system}`),
        lines: said
          .split("\n")
          .filter((line) => line !== "")
          .map(named),
      });
    },
  );
});

const vitest = join(root, "node_modules/vitest/vitest.mjs");

const named = (line: string): string =>
  line.replace("SYSTEMS", systems.map(nameOf).join(", ")).replace(
    "MODULES",
    systems
      .filter(({ variants }) => variants.some(({ esm }) => esm))
      .map(nameOf)
      .join(" and "),
  );
