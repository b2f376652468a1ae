import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { faults, pack } from "../../tools/pack.ts";
import { root } from "../../tools/workspace.ts";
import { expected } from "./expected.ts";
import { installApp, installBesideOlderSdk, spansOf, runApp } from "./install.ts";
import { startReceiver } from "./receiver.ts";
import { modules, typeErrors } from "./types.ts";

withService("installed from tarballs", redis, (server) => {
  test(
    "a producer and a worker emit all telemetry of their jobs with the flag alone",
    { timeout: 180_000 },
    async (context) => {
      if (process.env["CI"] !== "true" && !(await isOnline()))
        context.skip("npm's registry cannot be reached: connect to the network.");
      const tarballs = packed();
      const unfit = tarballs.map(async (path) => (await faults(path)).map((fault) => `${basename(path)}: ${fault}`));
      expect((await Promise.all(unfit)).flat()).toEqual([]);
      using app = await installApp(tarballs);
      await using receiver = await startReceiver();
      const place = { folder: app.path, node: process.execPath, redis: server().url, receiver };
      expect(await runApp("mjs", place)).toEqual(expected);
      const types = await Promise.all(modules.map((module) => typeErrors(app.path, module, typescript)));
      expect(types).toEqual(modules.map(() => ""));
    },
  );
});

test(
  "npm installs beside an SDK of the older line without a flag or a conflict, and its spans are there",
  {
    timeout: 180_000,
  },
  async (context) => {
    if (process.env["CI"] !== "true" && !(await isOnline()))
      context.skip("npm's registry cannot be reached: connect to the network.");
    using app = await installBesideOlderSdk(packed().filter((path) => !isCommand.test(basename(path))));
    await using receiver = await startReceiver();
    expect({ said: app.said.match(/ERESOLVE|EBADENGINE|peer/g), spans: await spansOf(app, receiver) }).toEqual({
      said: null,
      spans: ["db query", "run tick", "GET /order"],
    });
  },
);

const typescript = join(root, "node_modules/typescript");

/** What `npm install @jobtrail/register` does not bring. */
const isCommand = /^jobtrail-(cli|collector|dashboards|joblog|testing)-/;

let tarballs: readonly string[] | undefined;

/** The tarballs, built once for all tests of this file. */
const packed = (): readonly string[] => (tarballs ??= pack());

/** Whether the registry that npm is set up with answers. */
const isOnline = (): Promise<boolean> =>
  promisify(execFile)("npm", ["view", "bullmq", "version"]).then(
    () => true,
    () => false,
  );
