/** `pnpm proof:install`: the tarballs, installed with npm in an empty folder, on the oldest Node and this one. */
import { isDeepStrictEqual } from "node:util";
import { startRedis } from "@jobtrail/testing";
import { main } from "../../tools/command.ts";
import { pack } from "../../tools/pack.ts";
import { expected } from "./expected.ts";
import { installApp, installNode, tell } from "./install.ts";
import { startReceiver } from "./receiver.ts";

const oldest = "22.15.0";

await main(async () => {
  using app = await installApp(pack());
  using old = await installNode(oldest);
  await using redis = await startRedis();
  await using receiver = await startReceiver();
  const nodes = [
    { version: oldest, node: old.program },
    { version: process.versions.node, node: process.execPath },
  ];
  for (const { version, node } of nodes)
    for (const format of ["mjs", "cjs"] as const) {
      const told = await tell(format, { folder: app.path, node, redis: redis.url, receiver });
      const isRight = isDeepStrictEqual(told, expected);
      console.log(`Node ${version}, ${format}: ${isRight ? "as expected" : "not as expected"}`, told);
      if (!isRight) process.exitCode = 1;
    }
});
