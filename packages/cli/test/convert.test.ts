import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { isRefusal } from "@jobtrail/core";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import { describe, expect, test } from "vitest";
import { argumentsOf, jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

const samples = join(import.meta.dirname, "../../schemas/test/samples");
const names = Object.keys(schemas);
const identity = { JOBTRAIL_TENANT: "tenant", JOBTRAIL_ACCOUNT: "4201" };
const seen = ["--seen", "2026-11-30T00:00:00Z"];
const stated = ["--date-format", "d MMM yyyy HH:mm:ss", "--time-zone", "UTC", "--lenient"];

const samplesOf = (name: string): string[] =>
  globSync(`${name}/*.{json,csv,txt}`, { cwd: samples })
    .sort()
    .map((path) => join(samples, path));

async function run(args: readonly string[], input?: string | Uint8Array, env = {}): Promise<Ended> {
  await using command = jobtrail(["convert", ...args], env, input);
  return await command.ended;
}

const linesOf = ({ out }: Ended): unknown[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

const schemaNamed = (name: string): Schema<object> => schemas[name] as Schema<object>;

describe.each(names)("%s", (from) => {
  const files = samplesOf(from);

  test("its samples come back, with their secrets replaced", async () => {
    const ended = await run(["--from", from, "--to", from, ...stated, ...files]);
    expect({ code: ended.code, err: ended.err }).toEqual({
      code: 0,
      err: `Wrote ${linesOf(ended).length} (${from})\n`,
    });
    expect(ended.out).not.toContain("hunter2");
    const schema = schemaNamed(from);
    const records = files
      .filter((path) => path.endsWith(".json"))
      .flatMap((path) => {
        const listed = schema.list(readFileSync(path, "utf8"));
        return isRefusal(listed) ? [listed] : listed.map((each) => schema.parse(each));
      });
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      expect(isRefusal(record)).toBe(false);
      expect(linesOf(ended)).toContainEqual(JSON.parse(JSON.stringify(schema.redact(record))));
    }
  });

  test.each(names.filter((to) => to !== from))("its samples are written as %s", async (to) => {
    const ended = await run(["--to", to, ...seen, ...stated, ...files], undefined, identity);
    expect(ended.code).toBe(0);
    expect(ended.out).not.toContain("hunter2");
    for (const record of linesOf(ended)) {
      const read = schemaNamed(to).parse(record);
      expect(read).not.toMatchObject({ refused: true });
      expect(read).toMatchObject({ jobtrail: { system: expect.any(String) as string } });
    }
    const again = await run(["--to", to, ...seen, ...stated, ...files], undefined, identity);
    expect(again.out).toBe(ended.out);
  });

  test.each(["events", "otlp"])("its samples go through %s unchanged", async (through) => {
    const there = await run(["--to", through, ...seen, ...stated, ...files]);
    expect(there.code).toBe(0);
    const back = await run(["--from", through, "--to", from], there.out);
    const direct = await run(["--to", from, ...stated, ...files]);
    expect(linesOf(back)).toEqual(linesOf(direct));
    const recognised = await run(["--to", from], there.out);
    expect(recognised.out).toBe(back.out);
  });
});

describe("an input", () => {
  const record = (id: number): object => ({
    id: `59f9cd79-08c1-4154-84fc-86289306b5e${id}`,
    type: "csv_data_load",
    status: "COMPLETE",
    start_datetime: 1_607_031_575_775.5,
  });
  const records = [record(1), record(2), record(3)];
  const texts = records.map((each) => JSON.stringify(each));
  const expected = `${texts.join("\n")}\n`;
  const rows = (separator: string): string[] => records.map((each) => Object.values(each).join(separator));

  test.each<[string, string | Uint8Array]>([
    ["lines", texts.join("\n")],
    ["lines of Windows after a byte order mark", `\uFEFF${texts.join("\r\n")}\r\n`],
    ["a list", JSON.stringify(records)],
    ["a list over lines", JSON.stringify(records, undefined, 2)],
    ["values over lines", records.map((each) => JSON.stringify(each, undefined, "\t")).join("\n")],
    ["gzip", gzipSync(texts.join("\n"))],
    ["gzip in parts", Buffer.concat(texts.map((text) => gzipSync(`${text}\n`)))],
    ["CSV", `id,type,status,start_datetime\n${rows(",").join("\n")}\n`],
    ["CSV with semicolons", `id;type;status;start_datetime\r\n${rows(";").join("\r\n")}`],
  ])("can be %s", async (_, input) => {
    expect(await run(["--from", "harperdb", "--to", "harperdb", "-"], input)).toMatchObject({ code: 0, out: expected });
    expect(await run(["--to", "harperdb"], input)).toMatchObject({ code: 0, out: expected });
  });

  test.each(["data", "object"])("can be a list within an answer, under %s", async (key) => {
    const queued = JSON.parse(readFileSync(join(samples, "product-live/printed-queue.json"), "utf8")) as object;
    const answer =
      key === "data"
        ? { object: "list", data: [queued] }
        : { status: 0, object: [{ id: "a", status: "RUNNING", eventGenerated: 1, lastDatetime: 0, error: [] }] };
    const ended = await run(["--to", key === "data" ? "product-live" : "devo"], JSON.stringify(answer, undefined, 1));
    expect(ended.code).toBe(0);
    expect(linesOf(ended)).toEqual(
      key === "data" ? [queued] : (answer as { object: object[] }).object.map((object) => ({ status: 0, object })),
    );
  });

  test("keeps every digit and every unknown field", async () => {
    const line =
      '{"id":"a","status":"ERROR","created_datetime":1607031575760.1234567,"other":12345678901234567890.10,"__proto__":1}';
    expect((await run(["--from", "harperdb", "--to", "harperdb"], line)).out).toBe(`${line}\n`);
  });

  test("is the same afterwards, and a file that is gone is one line", async () => {
    using folder = temporary();
    const path = join(folder.path, "job.json");
    writeFileSync(path, texts[0] ?? "");
    const before = statSync(path);
    await run(["--to", "harperdb", path]);
    expect([readFileSync(path, "utf8"), statSync(path).mtimeMs]).toEqual([texts[0], before.mtimeMs]);
    const gone = await run(["--to", "harperdb", `${path}x`]);
    expect(gone).toMatchObject({ code: 1, out: "" });
    expect(gone.err).toMatch(/^JOBTRAIL_INPUT_UNREADABLE: .*job\.jsonx: ENOENT[^\n]*\.\n$/);
    const over = await run(["--to", "harperdb", "--rejects", path, path]);
    expect(over).toMatchObject({ code: 1, out: "" });
    expect(over.err).toContain("--rejects would write over it");
    expect(readFileSync(path, "utf8")).toBe(texts[0]);
  });
});

describe("what cannot be read", () => {
  const input = [
    '{"id":"a","status":"COMPLETE"}',
    '{"id":"b","status":7,"job_body":{"password":"hunter2"}}',
    '{"id":"c","status":"COMP',
    "hunter2",
    '{"id":"d","status":"COMPLETE"}',
  ].join("\n");

  test("is said with its place on the standard error, and the rest is written", async () => {
    const ended = await run(["--from", "harperdb", "--to", "harperdb"], input);
    expect(linesOf(ended)).toEqual([
      { id: "a", status: "COMPLETE" },
      { id: "d", status: "COMPLETE" },
    ]);
    expect(ended.code).toBe(2);
    expect(ended.err).toMatchInlineSnapshot(`
      "stdin:2: status is 7; expected a text
      stdin:3: record is a text that is no JSON from character 24 on; expected JSON text
      stdin:4: record is a text that is no JSON; expected JSON text
      Wrote 2 (harperdb), rejected 3
      "
    `);
  });

  test("goes to a file with the record, without its secrets", async () => {
    using folder = temporary();
    const path = join(folder.path, "rejects.ndjson");
    const ended = await run(["--from", "harperdb", "--to", "qlik", "--rejects", path], input, identity);
    expect(ended).toMatchObject({ code: 2, err: `Wrote 2 (qlik), rejected 3 (in ${path})\n` });
    const kept = readFileSync(path, "utf8");
    expect(kept).not.toContain("hunter2");
    expect(linesOf({ ...ended, out: kept })).toMatchObject([
      {
        input: "-",
        line: 2,
        path: "status",
        expected: "a text",
        found: "7",
        record: { id: "b", job_body: "[secret]" },
      },
      { input: "-", line: 3, path: "record", expected: "JSON text" },
      { input: "-", line: 4, path: "record", expected: "JSON text" },
    ]);
  });

  test("may be a row of CSV, with the line that it begins on", async () => {
    const csv = 'id,status,type\na,COMPLETE,"one\ntwo"\nb,COMPLETE\nc,COMPLETE,x\n';
    const ended = await run(["--from", "harperdb", "--to", "harperdb"], csv);
    expect(linesOf(ended)).toHaveLength(2);
    expect(ended).toMatchObject({
      code: 2,
      err: expect.stringContaining("stdin:4: record is 2; expected 3 cells\n") as string,
    });
  });

  test("may be an archive that was cut off", async () => {
    const whole = gzipSync(Array.from({ length: 20_000 }, (_, i) => `{"id":"${i}","status":"COMPLETE"}`).join("\n"));
    const ended = await run(["--from", "harperdb", "--to", "harperdb"], whole.subarray(0, whole.length / 2));
    expect(ended.code).toBe(2);
    expect(ended.err).toMatch(/stdin:\d+: input is unexpected end of file; expected gzip\n/);
    expect(linesOf(ended).length).toBeGreaterThan(100);
  });

  test("is not a record of another kind, which is counted", async () => {
    const others = '{"PlType":"item.create","Id":"1","Details":{}}\n{"PlType":"user.login","Id":"2","Details":{}}\n';
    const ended = await run(
      ["--to", "product-live"],
      others + readFileSync(join(samples, "product-live/printed-end.json"), "utf8"),
    );
    expect(ended).toMatchObject({ code: 0, err: "Wrote 1 (product-live), other 2\n" });
  });

  test("is Devo's printed comma, unless it is asked to pass over it", async () => {
    const [printed = ""] = samplesOf("devo").filter((path) => basename(path).startsWith("printed-list"));
    const strict = await run(["--from", "devo", "--to", "devo", printed]);
    expect(strict).toMatchObject({ code: 2, out: "" });
    expect(strict.err).toContain("as in the list that Devo's documentation prints by mistake");
    expect(linesOf(await run(["--from", "devo", "--to", "devo", "--lenient", printed]))).toHaveLength(3);
  });
});

test("an input that no schema reads is said why, and nothing is written", async () => {
  const ended = await run(["--to", "qlik"], '{"name":"package","version":"1"}');
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toContain("-: not recognised: no schema reads it: better-content-archiving wants");
  expect(ended.err).toContain("Say what it is with --from.");
});

test("whose jobs they are is asked for once, by name", async () => {
  const input = '{"id":"a","status":"COMPLETE"}\n{"id":"b","status":"COMPLETE"}\n';
  const ended = await run(["--from", "harperdb", "--to", "qlik"], input, { JOBTRAIL_TENANT: "" });
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toMatch(/^JOBTRAIL_SETTING_MISSING: JOBTRAIL_TENANT is not set; [^\n]+\n$/);
});

test("all that is told of a job becomes one record, wherever it stands", async () => {
  const [end = "", queue = ""] = ["end", "queue"].map((kind) =>
    readFileSync(join(samples, `product-live/printed-${kind}.json`), "utf8").replaceAll(
      /67a0bf50d57ed1d3c254713c|67a0928eeda50fbacb06cac7/g,
      "0123456789abcdef01234567",
    ),
  );
  const ended = await run(["--to", "harperdb"], `${end}\n${queue}`);
  expect(linesOf(ended)).toHaveLength(1);
  expect(linesOf(ended)).toMatchObject([{ status: "COMPLETE", start_datetime: 1_738_576_526_058 }]);
});

test("a table has a column for each field of any record, and is read again", async () => {
  const files = samplesOf("harperdb");
  const csv = await run(["--to", "harperdb", "--format", "csv", ...files]);
  expect(csv.out.split("\n")[0]).toBe(
    "id,user,type,status,start_datetime,end_datetime,job_body,message,created_datetime,__createdtime__,__updatedtime__,start_datetime_converted,end_datetime_converted",
  );
  const records = linesOf(await run(["--to", "harperdb", ...files])) as Record<string, unknown>[];
  const again = linesOf(await run(["--from", "harperdb", "--to", "harperdb"], csv.out));
  // A table has no null.
  expect(again).toEqual(
    records.map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))),
  );
});

test("the portal's CSV comes back as it was", async () => {
  const row = JSON.parse(readFileSync(join(samples, "product-live/printed-end.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const cells = Object.values(row).map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value)));
  const quoted = cells.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  const csv = `${Object.keys(row).join(",")}\n${quoted.join(",")}\n`;
  expect(await run(["--to", "product-live", "--format", "csv"], csv)).toMatchObject({ code: 0, out: csv });
  expect(await run(["--to", "product-live", "--format", "csv"], gzipSync(csv))).toMatchObject({ code: 0, out: csv });
});

test.each([
  [["--to", "qlk"], "argument 'qlk' is invalid. Allowed choices are"],
  [["--seen", "yesterday"], "Expected a time with a zone, such as 2026-01-31T12:00:00Z."],
  [["--job", "a", "file"], "--job takes a job of a job log, and no files."],
  [["--url", "http://localhost:1"], "--data and --url say where --job is; name the job."],
  [["--job", "a", "--url", "localhost"], "Expected an address such as http://localhost:4318."],
  [["--to", "events", "--endpoint", "http://localhost:1"], "--endpoint takes OTLP: add --to otlp."],
  [["--to", "otlp", "--format", "csv"], "OTLP has no form as CSV: leave out --format."],
])("%j explains itself", async (args, message) => {
  const { code, out, err } = await run(args, "");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(message);
});

test("--help has examples", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("$ jobtrail convert --from product-live --to qlik audit-logs.csv.gz > runs.ndjson");
  expect(out).toMatch(/--rejects <file>/);
});

test("whoever has enough of the output may close it", async () => {
  using folder = temporary();
  const path = join(folder.path, "many.ndjson.gz");
  writeFileSync(path, gzipSync(`{"id":"a","status":"COMPLETE"}\n`.repeat(100_000)));
  const child = spawn(process.execPath, argumentsOf(["convert", "--from", "harperdb", "--to", "harperdb", path]), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const err = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await once(child, "close")).toEqual([0, null]);
  expect(await err).toBe("");
});
