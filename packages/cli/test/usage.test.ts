import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";

const stated: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));

test("--version says the package's version", async () => {
  await using command = jobtrail(["--version"]);
  expect(await command.ended).toEqual({
    code: 0,
    signal: null,
    out: `${(stated as { version: string }).version}\n`,
    err: "",
  });
});

test("--help lists the commands", async () => {
  await using command = jobtrail(["--help"]);
  const { code, out } = await command.ended;
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "Usage: jobtrail [options] [command]

    Observability for background jobs, on OpenTelemetry.

    Options:
      -V, --version                 print the version
      -h, --help                    show this help

    Commands:
      serve [options]               Start a job log: it takes telemetry and shows
                                    the jobs on a page.
      log                           Export, import, prune, compact, check or rebuild
                                    the data of a job log.
      bridge [options] [system...]  Read the job logs of other systems as they grow,
                                    and send them as telemetry.
      observe [options] <system>    Watch the store of a job system from outside:
                                    what no app tells, and what only an outside view
                                    has.
      devo                          Stop, start or remove a job of Devo, and record
                                    who did it and why.
      convert [options] [files...]  Write job-log records of one schema in another,
                                    or a job of a job log in any.
      schemas [name]                List the schemas of job logs, or the fields of
                                    one.
      collector                     Set up an OpenTelemetry Collector that brings
                                    jobs to any backend.
      dashboards                    List the dashboards, or write their files for
                                    Grafana, Perses and others.
      alerts                        List the alerts, or write them as rules for
                                    Prometheus, Grafana or Loki.
    "
  `);
});

test("serve --help says each option and what it is without it", async () => {
  await using command = jobtrail(["serve", "--help"], { XDG_DATA_HOME: "/data" });
  const { code, out } = await command.ended;
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "Usage: jobtrail serve [options]

    Start a job log: it takes telemetry and shows the jobs on a page.

    Options:
      -d, --data <folder>          the folder that keeps the jobs (default:
                                   "/data/jobtrail")
      -p, --port <number>          the port to listen on; 0 for any free port
                                   (default: 4318)
      --host <address>             the address to listen on; the job log has no
                                   login, so an open address shows the jobs to
                                   everyone (default: "localhost")
      --allow-host <name>          another host name that browsers may use; can be
                                   repeated
      --retain <time>              forget days that are older than this, with their
                                   jobs that are over, such as 30d; never keeps all
                                   (default: 400d)
      --retain-scope <scope=time>  keep a scope for another time; can be repeated
      --hold <scope>               forget nothing of this scope, whatever its age; *
                                   is everything; can be repeated
      --credentials <file>         who may ask as HarperDB, Devo, Product-Live, Qlik
                                   and Better Content Archiving document it, and for
                                   which jobs; without a file only this machine may,
                                   with the key "development"
      --qlik-webhook <url>         post an event to this address for each run that
                                   ends, as Qlik does
      -h, --help                   show this help

    A schema that names whose jobs they are takes it from JOBTRAIL_TENANT and JOBTRAIL_ACCOUNT.
    "
  `);
});

test.each([
  [["serve", "--prot", "1"], "error: unknown option '--prot'\n(Did you mean --port?)"],
  [["serv"], "error: unknown command 'serv'\n(Did you mean serve?)"],
  [["serve", "--port", "x"], "'x' is invalid. Expected a whole number from 0 to 65535."],
  [["serve", "--port", "65536"], "'65536' is invalid. Expected a whole number from 0 to 65535."],
  [["serve", "--port"], "error: option '-p, --port <number>' argument missing"],
  [["serve", "--retain", "30"], "'30' is invalid. Expected a time above zero such as 90m, 12h, 30d or 8w."],
  [["serve", "--retain", "0d"], "'0d' is invalid. Expected a time above zero such as 90m, 12h, 30d or 8w."],
  [["serve", "folder"], "error: too many arguments for 'serve'"],
])("%j explains itself and starts nothing", async (args, message) => {
  await using command = jobtrail(args);
  const { code, out, err } = await command.ended;
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(message);
});

/** Makes this Node say that it is an older one. */
const pretended = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})`;

// With OLD_NODE as the path of a Node 18 or 20 that one runs it, which shows that it can also read it.
test("an older Node says one line and ends with 1", () => {
  using folder = temporary();
  const source = readFileSync(join(import.meta.dirname, "../src/main.ts"), "utf8");
  const entry = join(folder.path, "main.mjs");
  writeFileSync(entry, stripTypeScriptTypes(source));
  const old = process.env["OLD_NODE"];
  const [node, ...args] = old === undefined ? [process.execPath, "--import", pretended, entry] : [old, entry];
  const { stdout, stderr, status } = spawnSync(node, [...args, "--help"], { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
  expect(stderr).toMatch(/^jobtrail: Node \d+\.\d+\.\d+ is too old\. Use Node 22\.15 or later\.\n$/);
});
