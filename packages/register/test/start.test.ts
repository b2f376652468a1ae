import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameOf, others, systems } from "@jobtrail/auto-instrumentations/systems";
import type { JobSystem } from "@jobtrail/instrumentation/system";
import { startReceiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { register, run, tick } from "./app.ts";

const names = systems.map(nameOf).join(", ");
const [other = ""] = others;
const [bullmq] = systems.filter(({ name }) => name === "bullmq") as [JobSystem];

const nowhere = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };

describe.concurrent("the flag", () => {
  test("says which setting cannot be used and which default holds, and runs the app and watches it", async ({
    expect,
  }) => {
    await using receiver = await startReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      JOBTRAIL_HEARTBEAT_INTERVAL: "60",
      OTEL_LOG_LEVEL: "trace",
      OTEL_TRACES_SAMPLER: "always",
    };
    const ended = await run({ files: { "app.mjs": `${tick}tick.stop(); console.log("ran");` }, env });
    expect(ended).toMatchObject({ with: 0, out: "ran\n" });
    expect(ended.err).toMatchInlineSnapshot(`
      "jobtrail: JOBTRAIL_SETTING_INVALID: JOBTRAIL_HEARTBEAT_INTERVAL is "60"; expected a duration above zero with its unit, such as 500ms, 30s, 5m or 2h. The default 60s applies.
      jobtrail: OTEL_LOG_LEVEL is "trace"; expected one of none, error, warn, info, debug, verbose, all. Nothing of OpenTelemetry's own messages is shown.
      jobtrail: OTEL_TRACES_SAMPLER is "always"; expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio. The default parentbased_always_on applies.
      "
    `);
    expect(receiver.spans()).toHaveLength(1);
  });

  test.each(["0", "no", "Off", "FALSE", "disabled"])("is switched off by JOBTRAIL_ENABLED=%s", async (word) => {
    const ended = await run({
      files: { "app.mjs": `${tick}tick.stop();` },
      env: { ...nowhere, JOBTRAIL_ENABLED: word },
    });
    expect(ended).toMatchObject({ with: 0, err: "" });
  });

  test("begins the app also where a file of its own is missing", () => {
    using folder = emptyFolder({ name: "app" });
    const entry = join(folder.path, "index.mjs");
    writeFileSync(entry, stripTypeScriptTypes(readFileSync(register, "utf8")));
    writeFileSync(join(folder.path, "app.mjs"), `console.log("ran");`);
    const given = ["--import", entry, join(folder.path, "app.mjs")];
    const { stdout, stderr, status } = spawnSync(process.execPath, given, { encoding: "utf8" });
    expect({ stdout, status }).toEqual({ stdout: "ran\n", status: 0 });
    expect(stderr).toMatch(/^jobtrail: jobs are not watched, because the start failed: .*Cannot find module .*\n$/);
  });

  test("warns of an unknown setting with the nearest one, and goes on", async () => {
    const ended = await run({
      files: { "app.mjs": `console.log("began");` },
      env: { JOBTRAIL_SDKS: "on", JOBTRAIL_ENABLED: "false" },
    });
    expect(ended).toMatchObject({
      with: 0,
      out: "began\n",
      err: "jobtrail: JOBTRAIL_SDKS is not a setting of Jobtrail and is ignored. Did you mean JOBTRAIL_SDK?\n",
    });
  });

  test("does nothing where it is switched off", async () => {
    await using receiver = await startReceiver();
    const env = { JOBTRAIL_ENABLED: "false", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    expect(await run({ files: { "app.mjs": `${tick}tick.stop();` }, env })).toMatchObject({ with: 0, err: "" });
    expect(receiver.records()).toEqual([]);
  });

  test("works once when it is given twice", async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    await run({ files: { "app.mjs": `${tick}tick.stop();` }, env, node: ["--import", `${register}?again`] });
    expect(receiver.spans()).toHaveLength(1);
  });

  test("names a service by the app's package.json", async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const manifest = { name: "orders", version: "2.3.4" };
    await run({ files: { "src/app.mjs": `${tick}tick.stop();` }, manifest, env });
    expect(receiver.records()[0]?.resource.attributes).toMatchObject({
      "service.name": "orders",
      "service.version": "2.3.4",
      "service.instance.id": expect.stringMatching(/^[0-9a-f]{16}$/),
      "telemetry.distro.name": "jobtrail",
    });
    expect(receiver.events()[0]?.attributes["job.actor.id"] ?? "orders").toBe("orders");
  });

  test("says once that nothing listens, and the process ends by itself", async () => {
    const ended = await run({ files: { "app.mjs": `${tick}tick.stop();` }, env: nowhere });
    expect(ended.with).toBe(0);
    expect(ended.err).toBe(
      "jobtrail: nothing listens at http://127.0.0.1:1 (ECONNREFUSED), so 4 records, 1 span and 4 metrics are lost. Start a job log with `npx @jobtrail/cli serve`, or name your receiver in OTEL_EXPORTER_OTLP_ENDPOINT.\n",
    );
  });

  test("says the same where the app exits by itself", async () => {
    const ended = await run({ files: { "app.mjs": `${tick}process.exit(3);` }, env: nowhere });
    expect(ended.with).toBe(3);
    expect(ended.err).toMatch(/^jobtrail: nothing listens at http:\/\/127\.0\.0\.1:1 .*\n$/);
  });

  test("says that no job system was loaded", async () => {
    const ended = await run({ files: { "app.mjs": `console.log("done");` } });
    expect(ended).toMatchObject({ with: 0, out: "done\n" });
    expect(ended.err).toBe(
      `jobtrail: no job system was loaded (${names}). If the app is bundled, mark the one it uses as external, so that it is loaded from node_modules.\n`,
    );
  });

  test.each([
    [
      "in a thread",
      `import { Worker } from "node:worker_threads"; new Worker(new URL("./child.mjs", import.meta.url));`,
    ],
    ["in a child process", `import { fork } from "node:child_process"; fork(new URL("./child.mjs", import.meta.url));`],
    [
      "in a cluster",
      `import cluster from "node:cluster"; cluster.setupPrimary({ exec: new URL("./child.mjs", import.meta.url).pathname }); cluster.fork();`,
    ],
  ])("says nothing of a job system that is missing where the work is done %s", async (_, parent) => {
    const child = `${tick}tick.stop(); console.log("worked"); process.disconnect?.();`;
    const env = { OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
    const ended = await run({ files: { "app.mjs": parent, "child.mjs": child }, env });
    expect(ended).toMatchObject({ with: 0, out: "worked\n", err: "" });
  });

  test.each([
    ["imported", "module", `import ${JSON.stringify(other)};`],
    [
      "required",
      "commonjs",
      `import { createRequire } from "node:module"; createRequire(import.meta.url)(${JSON.stringify(other)});`,
    ],
  ])("names a package for jobs that is loaded and not watched: %s", async (_, type, app) => {
    const manifest = { name: other, version: "4.4.0", type, main: "index.js" };
    const files = {
      "app.mjs": app,
      [`node_modules/${other}/package.json`]: JSON.stringify(manifest),
      [`node_modules/${other}/index.js`]: "",
    };
    expect((await run({ files })).err).toBe(
      `jobtrail: ${other} 4.4.0 is loaded and not watched. Jobtrail watches ${names}.\n`,
    );
  });

  test("tells of both, where one library is bundled and another is not", async () => {
    const text = JSON.stringify(bullmq.bundled?.text);
    const ended = await run({ files: { "app.mjs": `const fromBullMQ = ${text};${tick}tick.stop();` }, env: nowhere });
    expect(ended.err).toContain(
      "jobtrail: bullmq is bundled into app.mjs, so it is not watched. croner is watched. Mark bullmq as external, so that it is loaded from node_modules, or pass it to watch() of @jobtrail/auto-instrumentations.\n",
    );
  });

  test("says nothing of it in a tool under node_modules, and none of it in a child", async () => {
    const tool = `node_modules/tool/tool.mjs`;
    expect(await run({ files: { [tool]: `console.log("done");` } })).toMatchObject({ with: 0, err: "" });
    const parent = `import { fork } from "node:child_process"; import "croner"; fork(new URL("./child.mjs", import.meta.url));`;
    const files = { "app.mjs": parent, "child.mjs": `console.log("child");` };
    expect(await run({ files })).toMatchObject({ with: 0, out: "child\n", err: "" });
  });

  test("leaves an app alone whose standard error nobody reads any more", async () => {
    const files = { "app.mjs": `${tick}tick.stop(); setTimeout(() => console.log("went on"), 0);` };
    const ended = await run({ files, env: { ...nowhere, OTEL_LOG_LEVEL: "debug" }, readsErrors: false });
    expect(ended).toMatchObject({ with: 0, out: "went on\n" });
  });

  test("takes a program that is given as text for no app, and its folder's package.json for the service", () => {
    using folder = emptyFolder({ name: "reports", version: "1.0.0" });
    const service = JSON.stringify(join(import.meta.dirname, "../src/service.ts"));
    const text = `import { mainFile, serviceOf } from ${service}; console.log(JSON.stringify([mainFile() ?? null, serviceOf({})]));`;
    const given = ["--conditions=@jobtrail/source", "--import", register, "--input-type=module", "--eval", text];
    const { stdout, stderr } = spawnSync(process.execPath, given, { cwd: folder.path, encoding: "utf8" });
    expect({ told: JSON.parse(stdout), stderr }).toEqual({
      told: [null, { name: "reports", version: "1.0.0" }],
      stderr: "",
    });
  });

  test("says which version is not watched, and which would be", async () => {
    const files = {
      "app.mjs": `import { Cron } from "croner"; new Cron();`,
      "node_modules/croner/package.json": JSON.stringify({
        name: "croner",
        version: "5.7.0",
        type: "module",
        main: "croner.js",
      }),
      "node_modules/croner/croner.js": `export class Cron {}`,
    };
    const ended = await run({ files });
    expect(ended).toMatchObject({
      with: 0,
      err: "jobtrail: croner 5.7.0 is not watched: supported is >=6.0.0 <12.\n",
    });
  });

  test("watches only what OpenTelemetry's variables leave", async () => {
    const files = { "app.mjs": `${tick}tick.stop();` };
    const ended = await run({ files, env: { ...nowhere, OTEL_NODE_DISABLED_INSTRUMENTATIONS: "croner" } });
    expect(ended.err).toContain(`jobtrail: no job system was loaded (${names.replace(", croner", "")}).`);
    const none = await run({ files, env: { ...nowhere, OTEL_NODE_ENABLED_INSTRUMENTATIONS: "http" } });
    expect(none.err).toMatch(/^jobtrail: no job system is watched: .*\n$/);
  });

  test("sends what OTEL_LOG_LEVEL lets through to standard error, and nothing to standard output", async () => {
    const ended = await run({
      files: { "app.mjs": `${tick}tick.stop();` },
      env: { ...nowhere, OTEL_LOG_LEVEL: "debug" },
    });
    expect(ended.out).toBe("");
    expect(ended.err).toMatch(/^jobtrail: croner 11\.\d+\.\d+ is watched\.\n/);
  });
});

function emptyFolder(manifest: object): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-text-"));
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const old = process.env["OLD_NODE"];

// Set OLD_NODE to the path of a Node 18 or 20 to run this one.
test.skipIf(old === undefined)("an older Node says one line and runs the app", () => {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-old-"));
  writeFileSync(join(folder, "index.mjs"), stripTypeScriptTypes(readFileSync(register, "utf8")));
  writeFileSync(join(folder, "app.mjs"), `console.log("ran");`);
  const given = ["--import", join(folder, "index.mjs"), join(folder, "app.mjs")];
  const { stdout, stderr, status } = spawnSync(old ?? "", given, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect({ stdout, status }).toEqual({ stdout: "ran\n", status: 0 });
  expect(stderr).toMatch(
    /^jobtrail: Node \d+\.\d+\.\d+ is too old, so jobs are not watched; the app runs on\. Use Node 22\.15 or later\.\n$/,
  );
});
