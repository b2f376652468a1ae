import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { isRefusal } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import { describe, expect, test } from "vitest";
import { linesOf, run, samples, samplesOf } from "./within.ts";

const names = Object.keys(schemas);
const identity = { JOBTRAIL_TENANT: "tenant", JOBTRAIL_ACCOUNT: "4201" };
const seen = ["--seen", "2026-11-30T00:00:00Z"];
const stated = ["--date-format", "d MMM yyyy HH:mm:ss", "--time-zone", "UTC", "--lenient"];
const schemaNamed = (name: string): Schema<object> => schemas[name] as Schema<object>;

test("the nine samples that the documents print come back equal, Devo's list with its comma mended", async () => {
  const printed = names.flatMap((name) =>
    samplesOf(name)
      .filter((path) => basename(path).startsWith("printed"))
      .map((path) => ({ name, path })),
  );
  expect(printed).toHaveLength(9);
  for (const { name, path } of printed) {
    const records = printedIn(path);
    const ended = await run(["--from", name, "--to", name, "--lenient", path]);
    expect(ended).toMatchObject({ code: 0, err: `Wrote ${records.length} (${name})\n` });
    expect(linesOf(ended)).toEqual(records);
  }
});

/** The records that a printed sample says, of which Devo's list has several. */
function printedIn(path: string): readonly object[] {
  const mended = readFileSync(path, "utf8").replace(/,(?=\s*\]\s*\}\s*$)/, "");
  const answer = JSON.parse(mended) as { readonly object?: unknown };
  return Array.isArray(answer.object) ? answer.object.map((object: unknown) => ({ ...answer, object })) : [answer];
}

test("the samples of Better Content Archiving are our own, and say so", () => {
  const own = samplesOf("better-content-archiving").map((path) => basename(path));
  expect(own.length).toBeGreaterThanOrEqual(4);
  expect(own.filter((name) => !name.startsWith("made-"))).toEqual([]);
  expect(readFileSync(join(samples, "better-content-archiving/README.md"), "utf8")).toContain("Made by Jobtrail.");
});

/** Among the samples of Devo's answers are three that are errors, which are reported. */
const codeOf = (schema: string): number => (schema === "devo" ? 2 : 0);

describe.each(names)("%s", (from) => {
  const files = samplesOf(from);

  test("its samples come back, with their secrets replaced", async () => {
    const ended = await run(["--from", from, "--to", from, ...stated, ...files]);
    expect(ended.code).toBe(codeOf(from));
    const errors = from === "devo" ? ", answers that are errors 3" : "";
    expect(ended.err.split("\n").at(-2)).toBe(`Wrote ${linesOf(ended).length} (${from})${errors}`);
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
    expect(ended.code).toBe(codeOf(from));
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
    expect(there.code).toBe(codeOf(from));
    const back = await run(["--from", through, "--to", from], there.out);
    const direct = await run(["--to", from, ...stated, ...files]);
    expect(linesOf(back)).toEqual(linesOf(direct));
    const recognised = await run(["--to", from], there.out);
    expect(recognised.out).toBe(back.out);
  });
});

describe("job events", () => {
  test("can be a table, which is read again", async () => {
    const files = samplesOf("qlik");
    const lines = await run(["--to", "events", ...seen, ...files]);
    const csv = await run(["--to", "events", "--format", "csv", ...seen, ...files]);
    expect(csv.out.split("\n")[0]).toMatch(/^name,.*seen,attributes/);
    expect(linesOf(await run(["--to", "events"], csv.out))).toEqual(linesOf(lines));
  });

  test("that are none say why, without what they hold", async () => {
    const of = (event: object): string => `${JSON.stringify({ seen: [1, 0], attributes: {}, ...event })}\n`;
    const input = [
      of({ name: "job.run.ended", seen: "yesterday" }),
      of({ name: "job.run.ended", attributes: { "job.id": { hunter2: 1 } } }),
      of({ name: "job.run.ended", error: "hunter2" }),
      "7\n",
    ].join("");
    expect(await run(["--from", "events", "--to", "events"], input)).toMatchObject({
      code: 2,
      out: "",
      err: [
        "stdin:1: seen is a value of type string; expected a time as [seconds, nanoseconds] or as text with a zone",
        "stdin:2: attributes.job.id is a value of type object; expected attributes by their names: texts, numbers, true, false or lists of texts",
        "stdin:3: error is a value of type string; expected an object with a type, which may have a message and a stack",
        "stdin:4: event is a value of type number; expected a job event as an object",
        "Wrote 0 (events), rejected 4\n",
      ].join("\n"),
    });
  });
});

test("all records of a job become one, wherever they are in the input", async () => {
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
