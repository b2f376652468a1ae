/**
 * `pnpm proof:install`: the tarballs, installed with npm in an empty folder, on the oldest Node and this one, and their
 * types in TypeScript 5.4 to 7.
 * `--node VERSION` names other versions of Node, such as 22.15.0 or 26; it may be given more than once.
 */
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { startRedis } from "@jobtrail/testing";
import { main } from "../../tools/command.ts";
import { pack } from "../../tools/pack.ts";
import { expected } from "./expected.ts";
import { embedded, installApp, installNode, installPackages, jobtrail, runApp } from "./install.ts";
import type { Printed } from "./install.ts";
import { startReceiver } from "./receiver.ts";
import { modules, typeErrors } from "./types.ts";

const oldest = "22.15.0";
const typescripts = ["5.4.5", "5.9.3", "6", "7.0.2"];

await main(async () => {
  const { values } = parseArgs({ options: { node: { type: "string", multiple: true } } });
  const versions = values.node ?? [oldest];
  using app = await installApp(pack());
  using installed = new DisposableStack();
  await using redis = await startRedis();
  await using receiver = await startReceiver();
  const nodes = values.node === undefined ? [{ version: process.versions.node, node: process.execPath }] : [];
  for (const version of versions) nodes.push({ version, node: installed.use(await installNode(version)).program });
  for (const { version, node } of nodes) {
    const place = { folder: app.path, node };
    const said = { version: await jobtrail(["--version"], place), embedded: await embedded(place) };
    const isClean = /^\d+\.\d+\.\d+\n$/.test(said.version.out) && said.version.err === "" && isQuiet(said.embedded);
    console.log(`Node ${version}, the command and the job log: ${isClean ? "as expected" : "not as expected"}`, said);
    if (!isClean) process.exitCode = 1;
    for (const format of ["mjs", "cjs"] as const) {
      const emitted = await runApp(format, { folder: app.path, node, redis: redis.url, receiver });
      const isRight = isDeepStrictEqual(emitted, expected);
      console.log(`Node ${version}, ${format}: ${isRight ? "as expected" : "not as expected"}`, emitted);
      if (!isRight) process.exitCode = 1;
    }
  }
  for (const version of typescripts) await checkTypes(app.path, version);
});

/** The types in one version of TypeScript, by each way in which it finds them. */
async function checkTypes(folder: string, version: string): Promise<void> {
  using typescript = await installPackages({ name: "typescript-of-its-own" }, [`typescript@${version}`]);
  for (const module of modules) {
    const said = await typeErrors(folder, module, join(typescript.path, "node_modules/typescript"));
    console.log(`TypeScript ${version}, ${module.name}: ${said === "" ? "no error" : said}`);
    if (said !== "") process.exitCode = 1;
  }
}

/** No other warning than the app's own, which is two lines: the warning, and how to trace it. */
function isQuiet({ out, err }: Printed): boolean {
  return out === "0\n" && /^\(node:\d+\) Warning: of its own\n\(.*\)\n$/.test(err);
}
