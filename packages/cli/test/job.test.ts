import { existsSync } from "node:fs";
import { join } from "node:path";
import { schemas } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { told } from "../../schemas/test/story.ts";
import { jobtrail, temporary } from "./command.ts";
import { converted } from "./within.ts";
import type { Converted } from "./within.ts";

const event = join(import.meta.dirname, "../../schemas/test/samples/qlik/made-event.json");
const env = { JOBTRAIL_ACCOUNT: "4201", JOBTRAIL_TENANT: "tenant" };
const targets = [...Object.keys(schemas), "events"];

const convert = (args: readonly string[], input = ""): Promise<Converted> => converted(args, { env, input });

const linesOf = (out: string): Record<string, unknown>[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("records are sent to a job log, and a job of it is written in every schema, while it runs and afterwards", async () => {
  using folder = temporary();
  const data = join(folder.path, "jobtrail");
  const written: Record<string, string> = {};
  let uid = "";
  {
    await using log = jobtrail(["serve", "--port", "0", "--data", data]);
    const url = await log.said(/page\s+(http:\S+)/);
    const sent = await convert(["--to", "otlp", "--endpoint", url, event]);
    expect(sent).toMatchObject({
      code: 0,
      out: "",
      err: expect.stringMatching(/^Sent \d+ \(otlp\), read as qlik\n$/) as string,
    });
    const { jobs } = (await (await fetch(`${url}/api/v1/jobs`)).json()) as { jobs: { uid: string }[] };
    expect(jobs).toHaveLength(1);
    uid = jobs[0]?.uid ?? "";
    for (const to of targets) {
      const { code, out } = await convert(["--job", uid, "--to", to, "--url", url]);
      expect(code).toBe(0);
      expect(out).not.toContain("hunter2");
      written[to] = out;
      expect(await convert(["--job", uid, "--to", to, "--data", data])).toMatchObject({ code: 0, out });
    }
    log.kill("SIGTERM");
    await log.ended;
  }
  const direct = await convert(["--to", "qlik", event]);
  expect(written["qlik"]).toBe(direct.out);
  expect(JSON.parse(written["better-content-archiving"] ?? "")).toMatchObject({
    "Log command": `jobtrail convert --job ${uid}`,
  });
  // The command that the record names, as it stands there.
  await using named = jobtrail(["convert", "--job", uid], { XDG_DATA_HOME: folder.path });
  expect(await named.ended).toMatchObject({ code: 0, out: written["events"] });
  const unknown = await convert(["--job", "nobody", "--data", data]);
  expect(unknown).toMatchObject({ code: 1, out: "" });
  expect(unknown.err).toMatch(/^JOBTRAIL_JOB_UNKNOWN: no job in .* has the uid "nobody"; [^\n]+\n$/);
});

test("a job that was tried again is written in every schema, each run where the schema has runs", async () => {
  using folder = temporary();
  await using log = jobtrail(["serve", "--port", "0", "--data", folder.path]);
  const url = await log.said(/page\s+(http:\S+)/);
  const input = told.map((each) => `${JSON.stringify(each)}\n`).join("");
  expect(await convert(["--to", "otlp", "--endpoint", url], input)).toMatchObject({ code: 0 });
  const uid = String(told[0]?.attributes["job.uid"]);
  const statuses: Record<string, unknown> = {};
  for (const to of targets) {
    const { code, out } = await convert(["--job", uid, "--to", to, "--url", url]);
    expect(code).toBe(0);
    statuses[to] = linesOf(out).map((record) => statusIn(record));
  }
  expect(statuses).toMatchInlineSnapshot(`
    {
      "better-content-archiving": [
        "Failed",
        "Successful",
      ],
      "devo": [
        "COMPLETED",
      ],
      "events": [
        "job.queued",
        "job.run.started",
        "job.run.ended",
        "job.run.started",
        "job.run.ended",
      ],
      "harperdb": [
        "COMPLETE",
      ],
      "product-live": [
        "job.queued",
        "FAILED",
        "COMPLETED",
      ],
      "qlik": [
        "failed",
        "finished",
      ],
    }
  `);
});

/** Where the schemas have a word for how it ended, and events their name. */
function statusIn(record: Record<string, unknown>): unknown {
  const inner = (record["Details"] ?? record["data"] ?? record["object"] ?? {}) as Record<string, unknown>;
  return (
    record["Status"] ??
    record["name"] ??
    inner["jobInstanceStatus"] ??
    inner["status"] ??
    record["status"] ??
    record["PlType"]
  );
}

test("a folder without a job log is said, and stays as it is", async () => {
  using folder = temporary();
  const ended = await convert(["--job", "a", "--data", folder.path]);
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toBe(
    `JOBTRAIL_LOG_UNREACHABLE: there is no job log at ${folder.path}: the folder holds none. Name its address with --url, or its folder with --data.\n`,
  );
  expect(existsSync(join(folder.path, "catalogue.db"))).toBe(false);
});

test("a job log that does not answer is one line", async () => {
  const asked = await convert(["--job", "a", "--url", "http://127.0.0.1:1"]);
  expect(asked).toMatchObject({ code: 1, out: "" });
  expect(asked.err).toMatch(
    /^JOBTRAIL_LOG_UNREACHABLE: there is no job log at http:\/\/127\.0\.0\.1:1: it does not answer [^\n]+\n$/,
  );
});
