import { globSync } from "node:fs";
import { startRedis } from "@jobtrail/testing";
import { installApp, installNode, tell } from "./install.ts";
import { startReceiver } from "./receiver.ts";
console.time("app"); using app = await installApp(globSync("/tmp/packs/*.tgz")); console.timeEnd("app");
console.time("node"); using old = await installNode("22.15.0"); console.timeEnd("node");
await using redis = await startRedis();
await using receiver = await startReceiver();
for (const node of [old.program, process.execPath]) for (const f of ["mjs","cjs"] as const) { console.time(f); try { console.log(await tell(f, { folder: app.path, node, redis: redis.url, receiver })); } catch (e) { console.log(e); } console.timeEnd(f); }
