import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemas } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

const samples = join(import.meta.dirname, "../../schemas/test/samples");
const event = join(samples, "qlik/made-event.json");

async function convert(args: readonly string[], env = {}): Promise<Ended> {
  await using command = jobtrail(["convert", ...args], env);
  return await command.ended;
}

test("records are sent to a job log, and a job of it is written in every schema, while it runs and afterwards", async () => {
  using folder = temporary();
  const env = { JOBTRAIL_ACCOUNT: "4201", JOBTRAIL_TENANT: "tenant" };
  const written: Record<string, string> = {};
  let uid = "";
  {
    await using log = jobtrail(["serve", "--port", "0", "--data", folder.path]);
    const url = await log.said(/page\s+(http:\S+)/);
    const sent = await convert(["--to", "otlp", "--endpoint", url, event]);
    expect(sent).toMatchObject({ code: 0, out: "", err: expect.stringMatching(/^Sent \d+ \(otlp\)\n$/) as string });
    const { jobs } = (await (await fetch(`${url}/api/v1/jobs`)).json()) as { jobs: { uid: string }[] };
    expect(jobs).toHaveLength(1);
    uid = jobs[0]?.uid ?? "";
    for (const to of [...Object.keys(schemas), "events"]) {
      const { code, out } = await convert(["--job", uid, "--to", to, "--url", url], env);
      expect(code).toBe(0);
      expect(out).not.toContain("hunter2");
      written[to] = out;
      expect(await convert(["--job", uid, "--to", to, "--data", folder.path], env)).toMatchObject({ code: 0, out });
    }
    log.kill("SIGTERM");
    await log.ended;
  }
  const direct = await convert(["--to", "qlik", event]);
  expect(written["qlik"]).toBe(direct.out);
  expect(JSON.parse(written["better-content-archiving"] ?? "")).toMatchObject({
    "Log command": `jobtrail convert --job ${uid}`,
  });
  const afterwards = await convert(["--job", uid, "--to", "harperdb", "--data", folder.path], env);
  expect(afterwards).toMatchObject({ code: 0, out: written["harperdb"] });
  const unknown = await convert(["--job", "nobody", "--data", folder.path]);
  expect(unknown).toMatchObject({ code: 1, out: "" });
  expect(unknown.err).toMatch(/^JOBTRAIL_JOB_UNKNOWN: no job in .* has the uid "nobody"; [^\n]+\n$/);
});

test("a folder without a job log is said, and stays as it is", async () => {
  using folder = temporary();
  const ended = await convert(["--job", "a", "--data", folder.path]);
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toBe(
    `JOBTRAIL_LOG_UNREACHABLE: there is no job log in ${folder.path}; name its folder with --data.\n`,
  );
  expect(() => readFileSync(join(folder.path, "jobs.db"))).toThrow("ENOENT");
});

test("a job log that does not answer is one line", async () => {
  const asked = await convert(["--job", "a", "--url", "http://127.0.0.1:1"]);
  expect(asked).toMatchObject({ code: 1, out: "" });
  expect(asked.err).toMatch(/^JOBTRAIL_LOG_UNREACHABLE: http:\/\/127\.0\.0\.1:1 does not answer: [^\n]+\n$/);
});
