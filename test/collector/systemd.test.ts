import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { configText } from "../../packages/cli/src/collector/print.ts";
import { variablesOf } from "../../packages/cli/src/collector/variable.ts";
import { collectorTest, folder, otelcol } from "./collector.ts";
import { commandIn, shell, stackIn } from "./deployed.ts";
import { variablesIn } from "./manifest.ts";

const unit = (name: string): string => readFileSync(join(folder, "deploy/systemd", name), "utf8");
const text = unit("jobtrail-collector.service");
const given = variablesIn(readFileSync(join(folder, "deploy/systemd/collector.env"), "utf8"));
const stack = stackIn(given["JOBTRAIL_STACK"] ?? "");

const place = mkdtempSync(join(tmpdir(), "jobtrail-systemd-"));
afterAll(() => rmSync(place, { recursive: true }));

/** Each section's settings, in their order. @throws Error for a line that is none. */
function sectionsIn(lines: string): Record<string, [key: string, value: string][]> {
  const sections: Record<string, [string, string][]> = {};
  let section: [string, string][] | undefined;
  for (const line of lines.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, title, key, value = ""] = /^(?:\[(\w+)\]|([A-Z]\w+)=(.*))$/.exec(line) ?? [];
    if (title !== undefined) section = sections[title] = [];
    else if (key !== undefined && section !== undefined) section.push([key, value]);
    else throw new Error(`${JSON.stringify(line)} is no setting`);
  }
  return sections;
}

const { Unit = [], Service = [], Install = [] } = sectionsIn(text);
const all = (key: string): string[] => Service.filter(([name]) => name === key).map(([, value]) => value);

test("the unit restarts a Collector without limit, and gives it time to end", () => {
  expect(Object.keys(sectionsIn(text))).toEqual(["Unit", "Service", "Install"]);
  expect(Unit).toContainEqual(["StartLimitIntervalSec", "0"]);
  expect(Install).toEqual([["WantedBy", "multi-user.target"]]);
  expect(Object.fromEntries(Service)).toMatchObject({
    ExecStart: "/usr/bin/otelcol-contrib --config=/etc/jobtrail/collector.yaml",
    Restart: "always",
    KillMode: "mixed",
    TimeoutStopSec: "60s",
  });
});

test("nothing that can be set once is set twice", () => {
  const keys = Service.map(([key]) => key).filter((key) => key !== "Environment");
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

test("queue and second sink are in the folder that the service may write to", () => {
  expect(all("Environment")).toContain(`JOBTRAIL_COLLECTOR_DATA=/var/lib/${all("StateDirectory")[0]}`);
});

test("the example of its variables has all that its stack wants", () => {
  const required = variablesOf(stack.config).filter(({ isRequired }) => isRequired);
  expect(required.map(({ name }) => name).filter((name) => !given[name])).toEqual([]);
});

test("its check ends well, and says what is not set", () => {
  const [check = ""] = all("ExecStartPre");
  const env = {
    ...given,
    PATH: `${commandIn(place)}:/usr/bin:/bin`,
    JOBTRAIL_COLLECTOR_DATA: place,
    JOBTRAIL_STACK: `${given["JOBTRAIL_STACK"]} --no-ports`,
  };
  expect(shell(check, env)).toMatchObject({ status: 0 });
  expect(shell(check, { ...env, GRAFANA_CLOUD_API_KEY: "" })).toMatchObject({
    status: 1,
    said: expect.stringContaining("GRAFANA_CLOUD_API_KEY is not set") as string,
  });
});

collectorTest("a real Collector accepts the file that is printed for it", () => {
  const file = join(place, "collector.yaml");
  writeFileSync(file, configText(stack));
  const { status, stderr } = spawnSync(otelcol() ?? "", ["validate", `--config=${file}`], {
    encoding: "utf8",
    env: given,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("the service of the timer runs commands that the command line takes, as the user of the Collector", () => {
  const service = sectionsIn(unit("jobtrail-second-sink.service"))["Service"] ?? [];
  const values = (key: string): string[] => service.filter(([name]) => name === key).map(([, value]) => value);
  expect(values("User")).toEqual(all("User"));
  expect(values("StateDirectory")).toEqual(all("StateDirectory"));
  const sink = mkdtempSync(join(tmpdir(), "jobtrail-sink-"));
  writeFileSync(join(sink, "joblog.jsonl"), `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}\n`);
  const env = {
    ...variablesIn(readFileSync(join(folder, "deploy/systemd/second-sink.env"), "utf8")),
    PATH: `${commandIn(mkdtempSync(join(place, "timer-")))}:/usr/bin:/bin`,
  };
  const commands = values("ExecStart").map((each) => each.replace("/var/lib/jobtrail-collector/second-sink", sink));
  expect(commands.map((command) => shell(`${command} --dry-run`, env))).toEqual([
    { status: 0, said: "Would send 1 records of 1 files to http://127.0.0.1:4318\n" },
    { status: 0, said: expect.stringContaining("Would remove 0 of 1 files (0 MB).") as string },
  ]);
  rmSync(sink, { recursive: true });
});

const analyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

test("systemd knows every setting, and finds the service well shut in", (context) => {
  if (!analyze) context.skip("There is no systemd-analyze here. Install the package systemd");
  const file = join(place, "jobtrail-collector.service");
  // It wants to see the program.
  writeFileSync(file, text.replace("/usr/bin/otelcol-contrib", "/bin/true"));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  for (const name of ["jobtrail-second-sink.service", "jobtrail-second-sink.timer"])
    writeFileSync(join(place, name), unit(name));
  const timer = spawnSync("systemd-analyze", ["verify", "--man=no", join(place, "jobtrail-second-sink.timer")], {
    encoding: "utf8",
  });
  expect({ status: timer.status, said: timer.stdout + timer.stderr }).toEqual({ status: 0, said: "" });
  const security = ["security", "--offline=true", "--no-pager", "--threshold=20", file];
  expect(spawnSync("systemd-analyze", security, { encoding: "utf8" }).status).toBe(0);
});
