import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { readCredentials } from "@jobtrail/joblog";
import type { Credentials } from "@jobtrail/joblog";
import { expect, test } from "vitest";
import { devoClient, front, printed, qlikClient } from "./clients.ts";
import { filled, ids } from "./log.ts";

/** Installing a client takes a while at the first time. */
const patience = { timeout: 300_000 };

const credentials = readCredentials({
  devo: [{ key: "a-key", secret: "a-secret" }, { token: "a-secret" }],
  qlik: [{ token: "a-token" }],
}) as Credentials;

const noPython = spawnSync("python3", ["-c", "import venv, ensurepip"]).status !== 0 && process.env["CI"] !== "true";
if (noPython)
  console.warn("Devo's client is not tried: there is no Python with venv. Install it: apt-get install python3-venv");

test.skipIf(noPython)(
  "Devo's own client lists jobs, asks for one, and is told why it cannot be stopped",
  patience,
  async () => {
    const python = await devoClient();
    await using log = await filled({ credentials });
    await using tls = await front(`${log.url}/compat/devo`);
    const env = {
      ADDRESS: tls.host,
      CERTIFICATE: tls.certificate,
      KEY: "a-key",
      SECRET: "a-secret",
      JOB: ids[0] ?? "",
    };
    const given = await printed(python, [join(import.meta.dirname, "ask_devo.py")], env, import.meta.dirname);
    expect(given.jobs).toMatchObject({ status: 0 });
    expect(given.jobs.object.map(({ status }: { status: string }) => status)).toEqual(Array(3).fill("COMPLETED"));
    expect(given.job).toMatchObject({ status: 0, object: { id: ids[0], status: "COMPLETED" } });
    expect(given.token.object).toEqual(given.job.object);
    expect([given.unknown.status, given.stop.status, given.start.status, given.remove.status]).toEqual([
      100, 108, 101, 101,
    ]);
    expect(given.wrong.failed ?? JSON.stringify(given.wrong)).toMatch(/Unauthorized|401|\{\}/);
  },
);

test("Qlik's own client reads all audits, page by page", patience, async () => {
  const folder = await qlikClient();
  await using log = await filled({ credentials });
  await using tls = await front(`${log.url}/compat/qlik`);
  const read = (apiKey: string): Promise<{ pages?: { data: { status: string } }[][]; status?: number }> =>
    printed(
      process.execPath,
      ["audits.mjs"],
      { HOST_URL: `https://${tls.host}`, API_KEY: apiKey, NODE_EXTRA_CA_CERTS: tls.certificate },
      folder,
    );
  const { pages = [] } = await read("a-token");
  expect(pages.map((page) => page.map(({ data }) => data.status))).toEqual([["finished", "finished"], ["finished"]]);
  expect(await read("wrong")).toMatchObject({ status: 401 });
});
