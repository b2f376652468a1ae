import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporary } from "./command.ts";
import { linesOf, run, sampleOf, samples, samplesOf } from "./within.ts";

const identity = { JOBTRAIL_TENANT: "tenant" };

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
    expect(gone.err).toMatch(/^JOBTRAIL_INPUT_UNREADABLE: .*job\.jsonx cannot be read: ENOENT[^\n]*\.\n$/);
    expect(await run(["--to", "harperdb", folder.path])).toMatchObject({
      code: 1,
      err: `JOBTRAIL_INPUT_UNREADABLE: ${folder.path} cannot be read: it is a folder; name the files in it.\n`,
    });
    const over = await run(["--to", "harperdb", "--rejects", path, path]);
    expect(over).toMatchObject({ code: 1, out: "" });
    expect(over.err).toContain(`the file of --rejects, ${path}, is an input too`);
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

  test("is said with its location on the standard error, and the rest is written", async () => {
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
    expect(linesOf({ out: kept })).toMatchObject([
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

  test("has to have a file that can be written, before anything is", async () => {
    using folder = temporary();
    for (const path of [folder.path, join(folder.path, "none/rejects")]) {
      const ended = await run(["--from", "harperdb", "--to", "harperdb", "--rejects", path], input);
      expect(ended).toMatchObject({ code: 1, out: "" });
      expect(ended.err).toMatch(
        /^JOBTRAIL_REJECTS_UNWRITABLE: .* cannot be written: E[A-Z]+: .* Name another file with --rejects\.\n$/,
      );
    }
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
    expect(ended).toMatchObject({ code: 0, err: "Wrote 1 (product-live), read as product-live, other 2\n" });
  });

  test("is Devo's printed comma, unless it is asked to pass over it", async () => {
    const printed = sampleOf("devo", "printed-list.txt");
    const strict = await run(["--from", "devo", "--to", "devo", printed]);
    expect(strict).toMatchObject({ code: 2, out: "" });
    expect(strict.err).toContain("as in the list that Devo's documentation prints by mistake");
    expect(linesOf(await run(["--from", "devo", "--to", "devo", "--lenient", printed]))).toHaveLength(3);
  });
});

test("an input that no schema reads is said why, and nothing is written", async () => {
  const ended = await run(["--to", "qlik"], '{"name":"package","version":"1"}');
  expect(ended).toMatchObject({ code: 1, out: "" });
  expect(ended.err).toContain("stdin is not recognised: no schema reads it: better-content-archiving wants");
  expect(ended.err).toContain("Say what it is with --from.");
});

describe("what an input is", () => {
  const harperdb = samplesOf("harperdb");
  const qlik = sampleOf("qlik", "printed.json");

  test("is found out for each, and said at the end", async () => {
    const ended = await run(["--to", "events", ...harperdb, qlik]);
    expect(ended).toMatchObject({ code: 0, err: "Wrote 7 (events), read as harperdb and qlik\n" });
  });

  test.each<[string, string | Uint8Array]>([
    ["nothing", ""],
    ["an end of a line", "\n"],
    ["an empty list", "[]"],
    ["an archive of nothing", gzipSync("")],
  ])("does not matter where it is %s", async (_, input) => {
    expect(await run(["--to", "qlik"], input)).toEqual({ code: 0, out: "", err: "Wrote 0 (qlik)\n" });
  });

  test("is not known of bytes that are no text", async () => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => ((i * 151 + (i >> 3) + 128) % 256) | 0x80));
    expect(await run(["--to", "qlik"], bytes)).toEqual({
      code: 1,
      out: "",
      err: "JOBTRAIL_INPUT_UNKNOWN: stdin is not recognised: line 1 holds other bytes; expected text in UTF-8. Say what it is with --from.\n",
    });
  });

  test("is found out though many records before are broken", async () => {
    const broken = Buffer.concat(
      Array.from({ length: 30 }, () =>
        Buffer.from('{"id":"\u00e4","status":"COMPLETE","start_datetime":1}\n', "latin1"),
      ),
    );
    const ended = await run(
      ["--to", "harperdb"],
      Buffer.concat([broken, Buffer.from('{"id":"b","status":"ERROR","start_datetime":1}')]),
    );
    expect(ended).toMatchObject({ code: 2, out: '{"id":"b","status":"ERROR","start_datetime":1}\n' });
    expect(ended.err).toContain("stdin:30: record is other bytes; expected text in UTF-8\n");
    expect(ended.err).toContain("Wrote 1 (harperdb), read as harperdb, rejected 30\n");
  });

  test("is gzip by its first bytes, also where it is none", async () => {
    expect(await run(["--to", "qlik"], Buffer.from([0x1f, 0x8b, 0x41, 0x41]))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^stdin:1: input is .*; expected gzip\nWrote 0 \(qlik\), rejected 1\n$/) as string,
    });
  });
});
