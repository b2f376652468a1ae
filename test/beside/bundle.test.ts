import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { redis, startReceiver } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { register, runProgram } from "../hosts/hosts.ts";
import { installExample } from "./example.ts";
import { startNext } from "./next.ts";
import { installSet } from "./set.ts";

/** Bundles a program of a folder with esbuild, as an ES module. */
async function bundle(folder: string, entry: string, options: readonly string[]): Promise<string> {
  const esbuild = join(await installSet("ways"), "node_modules/.bin/esbuild");
  const out = `bundle-${options.length}-${entry}`;
  const require =
    "import { createRequire as requiring } from 'node:module'; const require = requiring(import.meta.url);";
  const given = [entry, "--bundle", "--platform=node", "--format=esm", "--log-level=error", `--outfile=${out}`];
  const ours = ["--conditions=@jobtrail/source", `--banner:js=${require}`];
  await promisify(execFile)(esbuild, [...given, ...ours, ...options], { cwd: folder });
  return out;
}

const spansOf = (receiver: Receiver): readonly string[] =>
  receiver
    .spans()
    .map(({ name }) => name.split(" ")[0] ?? "")
    .toSorted();

const nexts = ["Next.js 16"].filter(() => process.env["JOBTRAIL_PROOF"] === "beside");

withService("a bundle", redis, (service) => {
  const run = async (
    folder: string,
    program: string,
    flags: readonly string[],
    receiver: Receiver,
  ): Promise<string> => {
    const queue = { QUEUE: program.replaceAll(/\W+/g, "-") };
    const env = {
      ...service().env,
      ...queue,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_NODE_RESOURCE_DETECTORS: "env",
    };
    return (await runProgram(folder, program, flags, env)).err;
  };

  test("whose packages are external is watched by the flag", { timeout: 180_000 }, async () => {
    await using receiver = await startReceiver();
    const folder = join(await installSet("ways"), "programs");
    const program = await bundle(folder, "both.mjs", ["--packages=external"]);
    expect(await run(folder, program, ["--import", register], receiver)).toBe("");
    expect(spansOf(receiver)).toEqual(["add", "process", "run"]);
  });

  test.each(["", "--minify"])("that holds one library and not another is told of both %s", async (minify) => {
    await using receiver = await startReceiver();
    const folder = join(await installSet("ways"), "programs");
    const program = await bundle(folder, "both.mjs", [
      "--external:croner",
      "--external:ioredis",
      ...(minify ? [minify] : []),
    ]);
    expect(await run(folder, program, ["--import", register], receiver)).toBe(
      `jobtrail: bullmq is bundled into ${program}, so it is not watched. croner is watched. Mark bullmq as external, so that it is loaded from node_modules, or pass it to watch() of @jobtrail/auto-instrumentations.\n`,
    );
    expect(spansOf(receiver)).toEqual(["run"]);
  });

  test.each([
    ["an SDK of the app's own", []],
    ["the flag", ["--import", register]],
  ])("that passes its library to watch() is watched, with %s", async (_, flags) => {
    await using receiver = await startReceiver();
    const folder = await installExample("own-sdk", ["app.mjs", "bundled.mjs", "telemetry.mjs"]);
    const program = await bundle(folder, "bundled.mjs", []);
    expect(await run(folder, program, flags, receiver)).toBe("");
    expect(spansOf(receiver)).toEqual(["add", "process"]);
    expect(receiver.events().map(({ name }) => name)).toEqual(["job.queued", "job.run.started", "job.run.ended"]);
  });

  test.each(nexts)(
    "of %s with the library external is watched from instrumentation.js",
    { timeout: 600_000 },
    async () => {
      await using receiver = await startReceiver();
      await using next = await startNext({ ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
      expect(await (await fetch(`${next.url}/order`)).text()).toBe("done");
      await receiver.waitFor(({ events }) => events().some(({ name }) => name === "job.run.ended"), 30_000);
      expect(receiver.events().map(({ name }) => name)).toEqual(["job.queued", "job.run.started", "job.run.ended"]);
    },
  );
});
