import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContainerLog } from "../src/convert/container.ts";
import { inUtf8 } from "../src/convert/utf16.ts";
import { linesOf, run } from "./within.ts";

const caseOf = (name: string): Buffer => readFileSync(join(import.meta.dirname, "cases", name));

const idsIn = (ended: { readonly out: string }): readonly unknown[] =>
  linesOf(ended).map((record) => {
    const { id, data } = record as { readonly id?: string; readonly data?: { readonly id?: string } };
    return data?.id ?? id ?? (record as Record<string, unknown>)["Job execution ID"];
  });

const harper = "0c1b8a52-5d7e-4c2b-9a30-1f6c2f3a7e11";
const qlik = "5f1d2c7e-4b6a-4f0e-9a53-7d1b0c9e8f21";

test.each([
  ["docker.json", "harperdb", [harper, "b2"]],
  ["cri.log", "harperdb", [harper, "b2"]],
  ["elasticsearch-hits.json", "harperdb", [harper]],
  ["list-of-jobs.json", "harperdb", [harper, "b2"]],
  ["sqs.json", "qlik", [qlik]],
  ["eventbridge.json", "qlik", [qlik]],
  ["json-in-json.json", "qlik", [qlik]],
  ["utf16-little-endian.json", "harperdb", [harper]],
  ["utf16-big-endian.json", "harperdb", [harper]],
  ["utf16-tabs.csv", "harperdb", [harper, "b2"]],
  ["utf16-page.txt", "better-content-archiving", ["7f8a1d20-3c41-4f7e-9d11-5b2f60c7a9e4"]],
  ["zeros-before.json", "harperdb", [harper]],
  ["zeros-after.json", "harperdb", [harper]],
])("%s holds records of %s, and they are read, named or not", async (name, schema, ids) => {
  for (const from of ["auto", schema]) {
    const ended = await run(["--from", from, "--to", schema, "--lenient"], caseOf(name));
    expect([ended.code, idsIn(ended)]).toEqual([0, ids]);
    expect(ended.out).not.toContain("hunter2");
  }
});

test.each([
  ["SNS in SQS", (text: string) => ({ Messages: [{ Body: JSON.stringify({ Type: "Notification", Message: text }) }] })],
  ["CloudWatch Logs", (text: string) => ({ events: [{ timestamp: 1, message: text }], nextForwardToken: "f/1" })],
  ["Event Hubs", (text: string) => ({ records: [JSON.parse(text) as object] })],
  [
    "a log shipper's message",
    (text: string) => ({ "@timestamp": "2026-09-21T14:13:20Z", message: text, host: { name: "h" } }),
  ],
])("a record that came by %s is read", async (_, wrap) => {
  const record = { id: harper, status: "COMPLETE" };
  const ended = await run(["--to", "harperdb"], JSON.stringify(wrap(JSON.stringify(record))));
  expect(ended).toEqual({ code: 0, out: `${JSON.stringify(record)}\n`, err: "Wrote 1 (harperdb), read as harperdb\n" });
});

test("a record under a path that is no known envelope is not read, and the path is reported", async () => {
  const answer = { result: { rows: [{ id: "a", status: "COMPLETE" }] } };
  const ended = await run(["--from", "harperdb", "--to", "harperdb"], JSON.stringify(answer));
  expect(ended).toEqual({
    code: 2,
    out: "",
    err: "stdin:1: id is nothing; a record of harperdb stands at result.rows[0]; expected a text\nWrote 0 (harperdb), rejected 1\n",
  });
});

test("each line of a container's log is counted for itself, and a record that was cut into parts is one", async () => {
  const record = JSON.stringify({ id: "a", status: "COMPLETE", message: "ä".repeat(50) });
  const docker = (log: string): string => JSON.stringify({ log, stream: "stdout", time: "2026-09-21T14:13:20Z" });
  const cri = (flag: string, text: string): string => `2026-09-21T14:13:20.000000000Z stdout ${flag} ${text}`;
  const logs = [
    ["Listening\n", record.slice(0, 30), `${record.slice(30)}\n`, '{"id":7,"status":"ERROR"}\n'].map(docker),
    [
      cri("F", "Listening"),
      cri("P", record.slice(0, 30)),
      cri("F", record.slice(30)),
      cri("F", '{"id":7,"status":"ERROR"}'),
    ],
  ];
  for (const log of logs) {
    const ended = await run(["--from", "harperdb", "--to", "harperdb"], `${log.join("\n")}\n`);
    expect(ended).toEqual({
      code: 2,
      out: `${record}\n`,
      err: [
        "stdin:1: record is a text that is no JSON; expected JSON text",
        "stdin:4: id is 7; expected a text",
        "Wrote 1 (harperdb), rejected 2\n",
      ].join("\n"),
    });
  }
});

describe("an answer that is an error", () => {
  test.each([
    ['{"error":"You must be a super_user"}', "You must be a super_user"],
    ['{"error":"Login failed","unauthorized_access":["Operation is restricted"]}', "Login failed"],
    ['{"status":100,"msg":"Task not found","cid":"a"}', "Task not found"],
    [
      '{"errors":[{"code":"AUTH-1","title":"Unauthorized","detail":"No token"}],"traceId":"0"}',
      "Unauthorized: No token",
    ],
    ['{"statusCode":401,"message":"Forbidden"}', "Forbidden"],
    ['{"error":{"type":"security_exception","reason":"missing credentials"},"status":401}', "missing credentials"],
    ['{"error":"invalid_token","error_description":"The token expired"}', "invalid_token: The token expired"],
  ])("%s is reported with its text, and the exit code is not 0", async (answer, text) => {
    for (const from of ["auto", "harperdb", "devo", "qlik", "events", "otlp"])
      for (const to of ["harperdb", "qlik"]) {
        const ended = await run(["--from", from, "--to", to], answer, { JOBTRAIL_TENANT: "t" });
        expect([from, to, ended]).toEqual([
          from,
          to,
          {
            code: 2,
            out: "",
            err: `stdin:1: record is an answer that is an error: ${JSON.stringify(text)}; expected a record\nWrote 0 (${to}), answers that are errors 1\n`,
          },
        ]);
      }
  });

  test("does not affect the records beside it, and shows no secret", async () => {
    const input = '{"id":"a","status":"COMPLETE"}\n{"error":"bad token=hunter2 given"}\n{"id":"b","status":"ERROR"}\n';
    const ended = await run(["--to", "harperdb"], input);
    expect(ended.code).toBe(2);
    expect(idsIn(ended)).toEqual(["a", "b"]);
    expect(ended.err).not.toContain("hunter2");
  });

  test("may be a page, whose title is reported", async () => {
    const page = "<!DOCTYPE html>\n<html><head><title>502 Bad\n Gateway</title></head><body>…</body></html>";
    const ended = await run(["--from", "qlik", "--to", "qlik"], page);
    expect(ended).toEqual({
      code: 2,
      out: "",
      err: 'stdin:1: record is a page titled "502 Bad Gateway"; expected records\nWrote 0 (qlik), rejected 1\n',
    });
    expect((await run(["--to", "qlik"], page)).err).toContain('line 1 holds a page titled "502 Bad Gateway"');
  });
});

describe("a table", () => {
  const rows = [
    { id: "a", type: "csv_data_load", status: "COMPLETE" },
    { id: "b", type: "x", status: "ERROR" },
  ];
  const expected = `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
  test.each([
    [
      "begins with Excel's line for the separator",
      "sep=;\r\nid;type;status\r\na;csv_data_load;COMPLETE\r\nb;x;ERROR\r\n",
    ],
    ["names a separator that nobody would guess", "sep=|\nid|type|status\na|csv_data_load|COMPLETE\nb|x|ERROR"],
    [
      "begins with PowerShell's type",
      '#TYPE System.Object\n"id","type","status"\n"a","csv_data_load","COMPLETE"\n"b","x","ERROR"\n',
    ],
    ["has blanks after its commas", "id, type, status\na, csv_data_load, COMPLETE\nb, x, ERROR\n"],
    ["has blanks before its quotes", '"id", "type", "status"\n"a", "csv_data_load", "COMPLETE"\n"b", "x", "ERROR"\n'],
  ])("that %s is read", async (_, input) => {
    expect(await run(["--to", "harperdb"], input)).toMatchObject({ code: 0, out: expected });
  });

  test("says on which line of the file a row stands that cannot be read", async () => {
    const ended = await run(["--to", "harperdb"], "sep=;\nid;type;status\na;x;COMPLETE\nb;x\n");
    expect(ended.err).toContain("stdin:4: record is 2; expected 3 cells\n");
  });

  test("with a column twice is refused, as nobody can say which is meant", async () => {
    const ended = await run(["--from", "harperdb", "--to", "harperdb"], "id,status,status\na,COMPLETE,ERROR\n");
    expect(ended).toEqual({
      code: 2,
      out: "",
      err: 'stdin:1: record is the column "status" twice; expected each column once\nWrote 0 (harperdb), rejected 1\n',
    });
  });
});

test("a record that has a key twice is refused by the key, and the others are read", async () => {
  for (const from of ["auto", "harperdb"]) {
    const alone = await run(["--from", from, "--to", "harperdb"], caseOf("status-twice.json"));
    expect(alone.err).toContain("status is the same key twice");
    expect([alone.code === 0, alone.out]).toEqual([false, ""]);
  }
  const others = `${caseOf("status-twice.json").toString().trim()}\n{"id":"a","status":"COMPLETE"}\n`;
  const ended = await run(["--from", "harperdb", "--to", "harperdb"], others);
  expect([ended.code, idsIn(ended)]).toEqual([2, ["a"]]);
});

test("zeros cost a record that they cut, and not the one behind them", async () => {
  const zeros = "\0".repeat(40);
  const lines = [
    `{"id":"a","stat${zeros}{"id":"b","status":"COMPLETE"}`,
    `{"id":"c",${zeros}{"id":"d","status":"ERROR"}`,
  ];
  const ended = await run(["--from", "harperdb", "--to", "harperdb"], lines.join("\n"));
  expect([ended.code, idsIn(ended)]).toEqual([2, ["b", "d"]]);
  expect(ended.err).toContain("rejected 2");
});

/** Bytes in portions of any size. */
const inPortions = (bytes: Buffer): fc.Arbitrary<readonly Buffer[]> =>
  fc
    .array(fc.nat(bytes.length), { maxLength: 5 })
    .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), bytes.length])
    .map((ends) => ends.slice(1).map((end, i) => bytes.subarray(ends[i], end)));

test("a text in UTF-16 is decoded, in whatever portions it comes", async () => {
  const texts = fc.string({ unit: "grapheme" }).chain((text) =>
    fc.boolean().chain((isBigEndian) => {
      const little = Buffer.from(`\uFEFF${text}`, "utf16le");
      return inPortions(isBigEndian ? little.swap16() : little).map((portions) => ({ text, portions }));
    }),
  );
  await fc.assert(
    fc.asyncProperty(texts, async ({ text, portions }) => {
      const read: Buffer[] = [];
      async function* chunks(): AsyncGenerator<Buffer> {
        yield* portions;
      }
      for await (const chunk of await inUtf8(chunks())) read.push(chunk);
      expect(Buffer.concat(read).toString()).toBe(text.toWellFormed());
    }),
  );
});

test("what a container wrote is the same after its log, in whatever parts and portions", () => {
  const lines = fc.array(
    fc.array(
      fc.string({ unit: "grapheme", minLength: 1 }).map((text) => text.replaceAll(/[\r\n]/g, " ")),
      { minLength: 1, maxLength: 3 },
    ),
    { minLength: 1, maxLength: 5 },
  );
  const logs = lines.chain((all) => {
    const log = all.flatMap((parts) =>
      parts.map(
        (part, i) => `2026-09-21T14:13:20Z stdout ${i === parts.length - 1 ? "F" : "P"} ${part.toWellFormed()}\n`,
      ),
    );
    return inPortions(Buffer.from(log.join(""))).map((portions) => ({ all, portions }));
  });
  fc.assert(
    fc.property(logs, ({ all, portions }) => {
      const log = new ContainerLog();
      const text = Buffer.concat([...portions.map((portion) => log.content(portion)), log.rest()]).toString();
      expect(text).toBe(all.map((parts) => `${parts.join("").toWellFormed()}\n`).join(""));
      let ended = 0;
      for (const [i, parts] of all.entries()) expect(log.lineOf(i + 1)).toBe((ended += parts.length));
    }),
  );
});
