import { once } from "node:events";
import { mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { startHarperDb } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";

test("bridges run until SIGTERM, say how they stand, and end cleanly", async () => {
  using folder = temporary();
  await using node = await startHarperDb();
  await using receiver = await startReceiver();
  node.end(node.start().id);
  const config = join(folder.path, "bridge.yaml");
  writeFileSync(
    config,
    `endpoint: ${receiver.url}\ndata: ${folder.path}\nlisten: 127.0.0.1:0\nharperdb: { url: "${node.url}", username: HDB_ADMIN, password: "\${PASSWORD}" }\n`,
  );
  await using command = jobtrail(["bridge", "--config", config], { PASSWORD: "secret-password" });
  await receiver.waitFor(({ spans }) => spans().length === 1);
  command.kill("SIGTERM");
  const { code, out, err } = await command.ended;
  expect({ code, out }).toEqual({ code: 0, out: "" });
  expect(err).toMatch(/^\S+ Reading harperdb\. Health: http:\/\/127\.0\.0\.1:\d+\/health\. Ctrl-C ends it\.\n$/);
});

test("a report that Node writes of the process holds no secret", async () => {
  using folder = temporary();
  await using node = await startHarperDb();
  const config = join(folder.path, "bridge.yaml");
  writeFileSync(config, `harperdb: { url: "${node.url}", username: HDB_ADMIN, password: "\${PASSWORD}" }\n`);
  const reports = join(folder.path, "reports");
  mkdirSync(reports);
  await using command = jobtrail(["bridge", "-c", config, "-d", folder.path, "--no-listen"], {
    PASSWORD: "secret-password",
    NODE_OPTIONS: `--report-on-signal --report-directory=${reports} --report-filename=report.json`,
  });
  await node.answered(1);
  const written = watch(reports);
  const renamed = once(written, "change");
  command.kill("SIGUSR2");
  await renamed;
  command.kill("SIGTERM");
  await command.ended;
  written.close();
  const report = readFileSync(join(reports, "report.json"), "utf8");
  expect(report).toContain('"commandLine"');
  expect(report).not.toContain("secret-password");
});

test("a dry run prints the events", async () => {
  using folder = temporary();
  await using node = await startHarperDb();
  node.end(node.start().id);
  const config = join(folder.path, "bridge.yaml");
  writeFileSync(config, `harperdb: { url: "${node.url}", username: HDB_ADMIN, password: secret-password }\n`);
  await using command = jobtrail(["bridge", "-c", config, "--dry-run", "--once", "-d", folder.path]);
  const { code, out } = await command.ended;
  expect(code).toBe(0);
  const names = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names).toEqual(["job.queued", "job.run.started", "job.run.ended"]);
});

test.each([
  [
    "harperdb: { url: 'http://db.example:9925' }",
    /^JOBTRAIL_BRIDGE_PLAIN_HTTP: .*harperdb\.url sends credentials to db\.example without TLS/,
  ],
  [
    "harperdb: { url: 'https://h', password: '${NOT_SET_HERE}' }",
    /^JOBTRAIL_BRIDGE_VARIABLE: .*harperdb\.password needs the environment variable NOT_SET_HERE/,
  ],
  [
    "harperdb: { url: 'https://h', pasword: hunter2 }",
    /^JOBTRAIL_BRIDGE_CONFIG: .*harperdb is wrong: Unrecognized key: "pasword"/,
  ],
  ["harperdb: { url: 'https://h', every: often }", /harperdb\.every is wrong: expected a time such as 10s/],
  ["harperbd: {}", /harperbd is wrong: no bridge has this name; there are .*harperdb/],
  ["harperdb: [hunter2", /it is no YAML \(at line 1, column \d+\)/],
  ["", /the file is wrong: it has no bridge\. See jobtrail bridge --example\./],
])("a wrong configuration ends the command before any work: %s", async (yaml, line) => {
  using folder = temporary();
  const config = join(folder.path, "bridge.yaml");
  writeFileSync(config, yaml);
  await using command = jobtrail(["bridge", "-c", config]);
  const { code, err } = await command.ended;
  expect(code).toBe(1);
  expect(err).toMatch(line);
  expect(err).not.toContain("hunter2");
});
