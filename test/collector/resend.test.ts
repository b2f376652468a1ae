import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { configText } from "../../packages/cli/src/collector/print.ts";
import { resendAddressOf } from "../../packages/cli/src/collector/resend-receiver.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import type { Tier } from "../../packages/cli/src/collector/tier.ts";
import { jobtrail, temporary } from "../../packages/cli/test/command.ts";
import type { Ended } from "../../packages/cli/test/command.ts";

const line = (...records: readonly object[]): string =>
  `${JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: "test" }, logRecords: records }] }] })}\n`;

const queued = (n: number): object => ({
  timeUnixNano: `${Date.UTC(2026, 0, 31)}000000`,
  severityNumber: 9,
  eventName: "job.queued",
  body: { stringValue: `job ${n} was queued` },
  attributes: [{ key: "job.id", value: { stringValue: String(n) } }],
});

/** A folder with a second sink and the configuration of a Collector. */
function folderOf(
  backends: readonly string[],
  fragments: readonly string[],
  { tier = "agent", records = [queued(0)] }: { readonly tier?: Tier; readonly records?: readonly object[] } = {},
): ReturnType<typeof temporary> & { readonly config: string } {
  const folder = temporary();
  const config = join(folder.path, "collector.yaml");
  writeFileSync(config, configText(stackOf(tier, backends, fragments)));
  writeFileSync(join(folder.path, "joblog.jsonl"), line(...records));
  return Object.assign(folder, { config });
}

async function resend(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  await using command = jobtrail(["collector", "resend", ...args], env);
  return await command.ended;
}

test("a backend's records go to the port that the Collector's configuration and its variables name", async () => {
  using folder = folderOf(["datadog", "s3"], ["resend"]);
  await using receiver = await startReceiver();
  const { host } = new URL(receiver.url);
  const variables = join(folder.path, "collector.env");
  writeFileSync(variables, `JOBTRAIL_COLLECTOR_RESEND_S3=${host}\n`);
  const args = [folder.path, "--backend", "s3", "--config", folder.config, "--env-file", variables];
  expect(await resend(args)).toMatchObject({ code: 0, err: `Sent 1 records of 1 files to s3, http://${host}\n` });
  expect(receiver.records().map(({ record }) => record.body)).toEqual(["job 0 was queued"]);
});

test.each([
  [["datadog", "s3"], "datadog", "http://127.0.0.1:14330"],
  [["datadog", "s3"], "s3", "http://127.0.0.1:14331"],
  [["s3", "tempo", "joblog", "loki"], "joblog", "http://127.0.0.1:14331"],
  [["s3", "tempo", "joblog", "loki"], "loki", "http://127.0.0.1:14332"],
  [["loki", "tempo"], "loki", "http://127.0.0.1:14319"],
] as const)("of %j, %s has the receiver %s", (backends, name, address) => {
  using folder = folderOf(backends, ["resend"]);
  expect(resendAddressOf(folder.config, name, {})).toBe(address);
  expect(resendAddressOf(folder.config, name, { JOBTRAIL_COLLECTOR_RESEND: "0.0.0.0:1" })).toMatch(/^http:\/\/127/);
});

test("without a receiver, a name or a file, it says what is there and what to do", async () => {
  using several = folderOf(["datadog", "s3"], ["resend"]);
  using without = folderOf(["datadog", "s3"], [], { tier: "gateway" });
  using traces = folderOf(["loki", "tempo"], ["resend"]);
  const errors = await Promise.all([
    resend([several.path, "--backend", "datdog", "--config", several.config]),
    resend([without.path, "--backend", "s3", "--config", without.config]),
    resend([traces.path, "--backend", "tempo", "--config", traces.config]),
    resend([several.path, "--backend", "s3", "--config", "none.yaml"]),
    resend([several.path]),
    resend([several.path, "--backend", "s3", "--endpoint", "http://127.0.0.1:1"]),
    resend([several.path, "--backend", "s3", "--delete"]),
  ]);
  expect(errors.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  const all = errors.map(({ err }) => err.replaceAll(/\S+\/collector\.yaml/g, "FILE")).join("");
  expect(all).toMatchInlineSnapshot(`
    "JOBTRAIL_BACKEND_UNSENT: FILE sends no log records to "datdog". Did you mean datadog? It sends them to datadog, s3.
    JOBTRAIL_RESEND_RECEIVER_MISSING: FILE has no receiver for resends. Print it again with \`jobtrail collector config --backend datadog --backend s3 --tier gateway --with resend\`, restart the Collector, and repeat this command.
    JOBTRAIL_BACKEND_UNSENT: FILE sends no log records to "tempo". Did you mean loki? It sends them to loki.
    JOBTRAIL_INPUT_UNREADABLE: none.yaml cannot be read: ENOENT; name the configuration that the Collector runs with --config.
    error: name the receiver with --endpoint, or a backend of the Collector with --backend.
    error: option '-e, --endpoint <url>' cannot be used with option '-b, --backend <name>'
    error: --delete does not go with --backend: a Collector acknowledges records before its backend accepts them.
    "
  `);
});

test("a receiver that reads only protobuf gets protobuf, and a record that cannot be read is kept apart", async () => {
  const records = [queued(0), { ...queued(1), severityNumber: "x" }, queued(2)];
  using folder = folderOf(["otlp"], [], { records });
  await using receiver = await startReceiver();
  const rejects = join(folder.path, "rejects.jsonl");
  const args = [folder.path, "--endpoint", receiver.url, "--encoding", "protobuf", "--rejects", rejects];
  expect(await resend(args)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`Sent 2 records of 1 files to ${receiver.url}, refused 1\n`) as string,
  });
  expect(receiver.records().map(({ record }) => record)).toMatchObject([
    { eventName: "job.queued", body: "job 0 was queued", attributes: { "job.id": "0" } },
    { eventName: "job.queued", body: "job 2 was queued", attributes: { "job.id": "2" } },
  ]);
});
