import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { faults, pack } from "../../tools/pack.ts";
import { expected } from "./expected.ts";
import { installApp, tell } from "./install.ts";
import { startReceiver } from "./receiver.ts";

withService("installed from tarballs", redis, (server) => {
  test("a producer and a worker tell all of their jobs with the flag alone", { timeout: 180_000 }, async (context) => {
    if (process.env["CI"] !== "true" && !(await isOnline()))
      context.skip("npm's registry cannot be reached: connect to the network.");
    const tarballs = pack();
    const unfit = tarballs.map(async (path) => (await faults(path)).map((fault) => `${basename(path)}: ${fault}`));
    expect((await Promise.all(unfit)).flat()).toEqual([]);
    using app = await installApp(tarballs);
    await using receiver = await startReceiver();
    const place = { folder: app.path, node: process.execPath, redis: server().url, receiver };
    expect(await tell("mjs", place)).toEqual(expected);
  });
});

/** Whether the registry that npm is set up with answers. */
const isOnline = (): Promise<boolean> =>
  promisify(execFile)("npm", ["view", "bullmq", "version"]).then(
    () => true,
    () => false,
  );
