import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boards, uidOf } from "@jobtrail/dashboards";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

interface Variable {
  readonly name: string;
  readonly current?: { readonly value: unknown };
}

/** A board of Grafana's, in either of its shapes. */
interface Board {
  readonly templating?: { readonly list: readonly Variable[] };
  readonly spec?: { readonly variables: readonly { readonly spec: Variable }[] };
}

async function run(...args: readonly string[]): Promise<Ended> {
  await using command = jobtrail(["dashboards", ...args]);
  return await command.ended;
}

const files = (folder: string): string[] => globSync("**/*.*", { cwd: folder }).sort();
const names = boards.map(({ id }) => uidOf(id)).toSorted();

test("the list has every board, and says which formats are only written from a document", async () => {
  const { out, code } = await run("list");
  expect(code).toBe(0);
  expect(boards.filter(({ about }) => !out.includes(about))).toEqual([]);
  expect(out).toMatch(/^perses +all +checked +Perses, Dash0, SigNoz$/m);
  expect(out).toMatch(/^honeycomb +overview +written /m);
  const { out: json } = await run("list", "--format", "json");
  expect((JSON.parse(json) as readonly { readonly uid: string }[]).map(({ uid }) => uid).toSorted()).toEqual(names);
});

test("an export writes a file for each board and says which", async () => {
  using folder = temporary();
  const out = join(folder.path, "new", "boards");
  expect(await run("export", "--format", "grafana", "--out", out)).toEqual({
    code: 0,
    signal: null,
    out: boards.map(({ id }) => `${join(out, uidOf(id))}.json\n`).join(""),
    err: "",
  });
  expect(files(out)).toEqual(names.map((name) => `${name}.json`));
});

test("an export for native histograms and UTF-8 names has them in every query of metrics", async () => {
  using folder = temporary();
  await run("export", "--format", "perses", "--out", folder.path, "--names", "utf8", "--histograms", "native");
  expect(files(folder.path)).toEqual(names.map((name) => `${name}.json`));
  const text = readFileSync(join(folder.path, "jobtrail-queue.json"), "utf8");
  expect(text).toContain(String.raw`histogram_quantile(0.95, sum(rate({\"job.run.wait_seconds\"`);
  expect(text).not.toMatch(/job_run_|_bucket/);
});

test("the data sources and the job log that are given are what the boards begin with", async () => {
  using folder = temporary();
  for (const format of ["grafana", "grafana-v2"]) {
    const out = join(folder.path, format);
    await run(
      "export",
      "--format",
      format,
      "--out",
      out,
      "--board",
      "overview",
      "--datasource",
      "prom-1",
      "--job-log",
      "https://jobs.test",
    );
    const board = JSON.parse(readFileSync(join(out, "jobtrail-overview.json"), "utf8")) as Board;
    const variables = board.templating?.list ?? board.spec?.variables.map(({ spec }) => spec) ?? [];
    const found = Object.fromEntries(variables.map(({ name, current }) => [name, current?.value]));
    expect(found).toMatchObject({ metrics: "prom-1", joblog: "https://jobs.test" });
  }
});

test("with --provision the boards lie as Grafana and its sidecar mount them", async () => {
  using folder = temporary();
  await run("export", "--format", "grafana", "--out", folder.path, "--provision");
  expect(files(folder.path)).toEqual([
    ...names.map((name) => `dashboards/jobtrail/${name}.json`),
    ...names.map((name) => `kubernetes/${name}.yaml`),
    "provisioning/dashboards/jobtrail.yaml",
  ]);
  const text = (path: string): string => readFileSync(join(folder.path, path), "utf8");
  expect(parse(text("provisioning/dashboards/jobtrail.yaml"))).toMatchObject({
    apiVersion: 1,
    providers: [{ type: "file", options: { path: "/var/lib/grafana/dashboards/jobtrail" } }],
  });
  for (const name of names) {
    const map = parse(text(`kubernetes/${name}.yaml`));
    expect(map.metadata.labels).toEqual({ grafana_dashboard: "1" });
    expect(JSON.parse(map.data[`${name}.json`])).toEqual(JSON.parse(text(`dashboards/jobtrail/${name}.json`)));
    // kubectl keeps what it applied in an annotation of at most this size.
    expect(text(`kubernetes/${name}.yaml`).length).toBeLessThan(262_144);
  }
});

test("what cannot be written explains itself", async () => {
  using folder = temporary();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  mkdirSync(join(folder.path, "jobtrail-run.json"));
  const out = folder.path;
  const said = async (...args: readonly string[]): Promise<string> => {
    const { err, code } = await run("export", ...args);
    expect(code).toBe(1);
    return err.replaceAll(folder.path, "DIR").trimEnd();
  };
  expect([
    await said("--format", "grafna", "--out", out),
    await said("--format", "grafana"),
    await said("--format", "grafana", "--out", file),
    await said("--format", "grafana", "--out", out, "--board", "run"),
    await said("--format", "grafana", "--out", "/proc/boards"),
    await said("--format", "grafana", "--out", out, "--board", "que"),
    await said("--format", "datadog", "--out", out, "--board", "queue"),
    await said("--format", "perses", "--out", out, "--provision"),
    await said("--format", "grafana-v2", "--out", out, "--provision"),
    await said("--format", "grafana", "--out", out, "--job-log", "localhost"),
  ]).toMatchInlineSnapshot(`
    [
      "error: option '-f, --format <format>' argument 'grafna' is invalid. Allowed choices are grafana, grafana-v2, perses, datadog, new-relic, honeycomb, kibana.",
      "error: required option '-o, --out <folder>' not specified",
      "JOBTRAIL_FILE_UNWRITABLE: DIR/file cannot be written: it is a file and not a folder. Name another with --out.",
      "JOBTRAIL_FILE_UNWRITABLE: DIR cannot be written: EISDIR: illegal operation on a directory, open 'DIR/jobtrail-run.json'. Name another with --out.",
      "JOBTRAIL_FILE_UNWRITABLE: /proc/boards cannot be written: ENOENT: no such file or directory, mkdir '/proc/boards'. Name another with --out.",
      "JOBTRAIL_BOARD_UNKNOWN: there is no board "que". Did you mean queue? There are overview, queue, job, run, audit, schedules, pipeline, collector, slo, bridges.",
      "JOBTRAIL_OPTION_UNFIT: the board queue is not written as datadog, only overview. Choose another with --board.",
      "JOBTRAIL_OPTION_UNFIT: --provision does not apply to --format perses; it is for grafana and grafana-v2.",
      "JOBTRAIL_OPTION_UNFIT: --provision needs --format grafana: Grafana reads v2 manifests by its API, not from files.",
      "error: option '--job-log <url>' argument 'localhost' is invalid. "localhost" has no scheme: write http://localhost, or https://localhost where it expects TLS.",
    ]
  `);
  expect(files(folder.path)).toEqual(["jobtrail-run.json"]);
});
