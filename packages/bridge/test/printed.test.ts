import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { startDevo, startHarperDb, startQlik } from "@jobtrail/testing/fakes";
import type { DevoTask } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { bridged, folder } from "./harness.ts";

const samples = join(import.meta.dirname, "../../schemas/test/samples");
const printed = (path: string): string => readFileSync(join(samples, path), "utf8");

test("HarperDB's printed record comes through", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.strangers.push(JSON.parse(printed("harperdb/printed.json")));
  const yaml = `harperdb: { url: "${node.url}", username: HDB_ADMIN, password: secret-password }\n`;
  await using bridge = await bridged(yaml, { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs()).toMatchObject([
    {
      state: "completed",
      attributes: { "job.id": "59f9cd79-08c1-4154-84fc-86289306b5ee" },
      runs: [{ duration: 1.604 }],
    },
  ]);
});

test("Devo's printed list comes through, with the comma that is too much in it", async () => {
  using at = folder();
  await using devo = await startDevo();
  devo.fail({ headers: { "content-type": "application/json" }, body: printed("devo/printed-list.txt") });
  await using bridge = await bridged(`devo: { url: "${devo.url}", token: devo-token }\n`, { folder: at.path });
  await bridge.clock.idle();
  const found = bridge.jobs().map(({ state, attributes }) => [state, attributes["job.id"]]);
  expect(new Set(found.map(String))).toEqual(
    new Set([
      "stopped,7629679a-8771-4bbe-8cc0-f95e73d10a82",
      "completed,3f6002a9-69cb-4495-9745-d47216fc58bf",
      "active,3360ccfa-4a32-413b-8b31-88ba758a20a4",
    ]),
  );
});

test("Devo's printed answers of one job make one run, which was stopped and started again", async () => {
  using at = folder();
  await using devo = await startDevo();
  const task = (name: string): DevoTask => (JSON.parse(printed(`devo/${name}.json`)) as { object: DevoTask }).object;
  const id = "3360ccfa-4a32-413b-8b31-88ba758a20a4";
  devo.launch({ id, status: "RUNNING", eventGenerated: 42, lastDatetime: 1_530_010_198_490 });
  await using bridge = await bridged(`devo: { url: "${devo.url}", token: devo-token }\n`, { folder: at.path });
  await bridge.clock.idle();
  for (const name of ["printed-stop", "printed-start", "printed-remove"]) {
    devo.tasks.set(id, task(name));
    await bridge.clock.step(30_000);
  }
  expect(bridge.jobs().map(({ state, runs }) => [state, runs.length])).toEqual([["removed", 2]]);
});

test("Qlik's printed event comes through a webhook", async () => {
  using at = folder();
  await using qlik = await startQlik();
  const secret = "a-webhook-secret-of-32-characters";
  const yaml = `qlik: { url: "${qlik.url}", apiKey: qlik-api-key, secret: ${secret} }\n`;
  await using bridge = await bridged(yaml, { folder: at.path, listen: "127.0.0.1:0" });
  await bridge.clock.idle();
  const body = printed("qlik/printed.json");
  const headers = { "qlik-signature": createHmac("sha256", secret).update(body).digest("hex") };
  const { status } = await fetch(`${bridge.bridges.url}/webhooks/qlik`, { method: "POST", headers, body });
  expect(status).toBe(200);
  expect(bridge.jobs()).toMatchObject([
    { state: "failed", error: { type: "limit_exceeded" }, attributes: { "job.test": true } },
  ]);
});

test("Product-Live's printed rows, and the pages and tables of Better Content Archiving, come through a folder", async () => {
  using at = folder();
  const read = async (system: string, files: readonly string[], more: string): Promise<readonly string[]> => {
    const to = join(at.path, system);
    mkdirSync(to);
    for (const file of files) {
      cpSync(join(samples, system, file), join(to, file));
      utimesSync(join(to, file), 1, 1);
    }
    await using bridge = await bridged(`${system}: { folder: "${to}" ${more} }\n`, {
      folder: join(at.path, `${system}-data`),
    });
    await bridge.clock.idle();
    expect(bridge.said).toEqual([]);
    return bridge.jobs().map(({ state }) => state);
  };
  expect(
    (await read("product-live", ["printed-queue.json", "printed-end.json"], "")).toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(["completed", "stalled"]);
  const pages = ["made-exact.json", "made-rows.csv", "made-site.txt", "made-space.txt"];
  const zone = ", timeZone: Europe/Budapest, dateFormat: 'd MMM yyyy HH:mm:ss'";
  expect((await read("better-content-archiving", pages, zone)).length).toBe(5);
});
