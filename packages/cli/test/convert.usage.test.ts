import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporary } from "./command.ts";
import { converted, linesOf, run, sampleOf } from "./within.ts";

test("what is odd in the records is summed up", async () => {
  const page = sampleOf("better-content-archiving", "made-site.txt");
  const odd =
    "Started is no ISO 8601 time, and no date format is stated; Ended is no ISO 8601 time, and no date format is stated";
  expect(await run(["--to", "harperdb", page, page])).toMatchObject({
    code: 0,
    err: `Wrote 1 (harperdb), read as better-content-archiving, with an anomaly 2\n  2: ${odd}\n`,
  });
});

describe("what is stated", () => {
  const page = sampleOf("better-content-archiving", "made-site.txt");

  test("of a page's times gives them", async () => {
    const times = ["--date-format", "d MMM yyyy HH:mm:ss", "--time-zone", "Europe/Budapest"];
    expect(linesOf(await run(["--to", "harperdb", ...times, page]))).toMatchObject([
      { start_datetime: Date.UTC(2026, 9, 25, 13, 5, 7), end_datetime: Date.UTC(2026, 9, 25, 13, 7, 12) },
    ]);
  });

  test("by OTEL_SERVICE_NAME is the sender of OTLP, and stands for who ran a job where nobody is named", async () => {
    const env = { OTEL_SERVICE_NAME: "exports" };
    const input = '{"id":"a","status":"COMPLETE","start_datetime":1}';
    expect(linesOf(await run(["--from", "harperdb", "--to", "otlp"], input, env))).toMatchObject([
      { resourceLogs: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "exports" } }] } }] },
    ]);
    const bca = await run(["--from", "harperdb", "--to", "better-content-archiving"], input, env);
    expect(linesOf(bca)).toMatchObject([{ "Executed by": "exports" }]);
  });

  test("by --seen is when events were learned of", async () => {
    const events = linesOf(
      await run(["--from", "harperdb", "--seen", "2026-11-30T00:00:00Z"], '{"id":"a","status":"COMPLETE"}'),
    ) as {
      seen: unknown;
    }[];
    expect(new Set(events.map((event) => JSON.stringify(event.seen)))).toEqual(
      new Set([`[${Date.UTC(2026, 10, 30) / 1000},0]`]),
    );
  });
});

/** What clears the rest of a terminal's line. */
const clear = "\u001B[K";

describe("a terminal", () => {
  const lines = `{"id":"a","status":"COMPLETE"}\n`.repeat(20_000);
  const args = ["--from", "harperdb", "--to", "harperdb", "-"];

  test("shows a bar, which is gone at the end, while records go elsewhere", async () => {
    using folder = temporary();
    const path = join(folder.path, "jobs.ndjson");
    writeFileSync(path, lines);
    const ofFile = await converted([...args.slice(0, -1), path], { terminal: ["stdin", "stderr"] });
    const [first = "", bar = "", ...others] = ofFile.err.split("\r");
    expect(first).toBe("");
    expect(bar).toMatch(/^\[#* *\] +\d+ %, [\d,]+ read, [\d,]+ written/);
    expect(others.at(-1)).toBe(`${clear}Wrote 20,000 (harperdb)\n`);
    const piped = await converted(args, { input: `{"id":7}\n${lines}`, terminal: ["stderr"] });
    expect(piped.err).toMatch(/\r\d+\.\d MB, [\d,]+ read, [\d,]+ written/);
    expect(piped.err).toContain("stdin:1: id is 7; expected a text\n");
  });

  test.each([[[]], [["stdout", "stderr"]]] as const)("that is %j shows none", async (terminal) => {
    expect((await converted(args, { input: lines, terminal })).err).toBe("Wrote 20,000 (harperdb)\n");
  });

  test("that is the input is read only where it is asked for, and says so", async () => {
    const terminal = ["stdin"] as const;
    expect(await converted(["--to", "qlik"], { terminal })).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        "error: name files, or give the records on the standard input; - reads what is typed.",
      ) as string,
    });
    const typed = await converted(args, { terminal, input: '{"id":"a","status":"COMPLETE"}\n' });
    expect(typed).toMatchObject({
      code: 0,
      err: "Reading what is typed here; Ctrl-D ends it.\nWrote 1 (harperdb)\n",
    });
  });
});

test("whose jobs they are is asked for once, by name", async () => {
  const input = '{"id":"a","status":"COMPLETE"}\n{"id":"b","status":"COMPLETE"}\n';
  const ended = await run(["--from", "harperdb", "--to", "qlik"], input, { JOBTRAIL_TENANT: "" });
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toMatch(/^JOBTRAIL_SETTING_MISSING: JOBTRAIL_TENANT is not set; [^\n]+\n$/);
});

test.each([
  [["--to", "qlk"], "argument 'qlk' is invalid. Allowed choices are"],
  [["--form", "qlik"], "error: unknown option '--form'\n(Did you mean --from?)"],
  [["--to"], "error: option '-t, --to <schema>' argument missing"],
  [["--format", "xml"], "argument 'xml' is invalid. Allowed choices are ndjson, csv."],
  [["--date-format", "d.M.yy"], "Expected a format that says one certain time, such as yyyy-MM-dd HH:mm:ss"],
  [["--time-zone", "Mars/Olympus"], "Expected a zone such as Europe/Budapest, UTC or +01:00."],
  [["--seen", "yesterday"], "Expected a time with a time zone, such as 2026-01-31T12:00:00Z."],
  [["--job", "a", "file"], "--job takes a job of a job log, and no files."],
  [["--url", "http://localhost:1"], "--data and --url say where --job is; name the job."],
  [
    ["--job", "a", "--url", "localhost"],
    `"localhost" has no scheme: write http://localhost, or https://localhost where it expects TLS.`,
  ],
  [["--to", "events", "--endpoint", "http://localhost:1"], "--endpoint takes OTLP: add --to otlp."],
  [["--to", "otlp", "--format", "csv"], "OTLP has no form as CSV: leave out --format."],
])("%j explains itself", async (args, message) => {
  const { code, out, err } = await run(args, "");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(message);
  expect(err).toContain("(jobtrail convert --help says what there is)");
});

test("--help has examples", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("$ jobtrail convert --from product-live --to qlik audit-logs.csv.gz > runs.ndjson");
  expect(out).toMatch(/--rejects <file>/);
});
