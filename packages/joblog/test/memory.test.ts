import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encodeLogs } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { jobs, post, serve } from "./sender.ts";
import { at } from "./story.ts";

const mebibyte = 1024 * 1024;

/** How much more memory than at its start a job log may ever hold, whatever it is sent. */
const bound = 640 * mebibyte;

test("a million attributes, bombs and huge bodies are answered within bounded memory", async () => {
  using folder = temporary();
  await using log = await serve(folder.path);
  const start = await log.peak();
  const answers: unknown[] = [];
  for (const [name, body, headers = {}] of attacks()) {
    const { status } = await post(`${log.url}/v1/logs`, body, "protobuf", headers);
    answers.push([name, status, (await log.peak()) - start < bound]);
  }
  const bombs = Array.from({ length: 20 }, () => post(`${log.url}/v1/logs`, bomb(), "protobuf", gzipped));
  answers.push(["twenty bombs at once", (await Promise.all(bombs)).map(({ status }) => status)]);
  const huge = Array.from({ length: 12 }, () => post(`${log.url}/v1/logs`, Buffer.alloc(15 * mebibyte)));
  const statuses = new Set((await Promise.all(huge)).map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 400 && status !== 503)).toEqual([]);
  expect(answers).toEqual([
    ["a million attributes in protobuf", 200, true],
    ["a million attributes in JSON", 200, true],
    ["a million attributes in a thousand records", 200, true],
    ["eight million empty records", 400, true],
    ["five million empty lists in JSON", 400, true],
    ["a bomb", 413, true],
    ["fifty megabytes", 413, true],
    ["twenty bombs at once", Array.from({ length: 20 }, () => 413)],
  ]);
  expect((await log.peak()) - start).toBeLessThan(bound);
  expect(await post(`${log.url}/v1/logs`, jobs(["1"]))).toMatchObject({ status: 200 });
});

const gzipped = { "content-encoding": "gzip" };

function attacks(): [name: string, body: Uint8Array, headers?: Record<string, string>][] {
  const json = { "content-type": "application/json" };
  return [
    ["a million attributes in protobuf", crowd(1, 1_000_000)],
    ["a million attributes in JSON", crowdInJson(1_000_000), json],
    ["a million attributes in a thousand records", crowd(1000, 1000)],
    ["eight million empty records", emptyRecords(8_000_000)],
    ["five million empty lists in JSON", Buffer.from(`[${"[],".repeat(5_500_000)}0]`), json],
    ["a bomb", bomb(), gzipped],
    ["fifty megabytes", Buffer.alloc(50 * mebibyte)],
  ];
}

const key = (place: number): string => place.toString(36);

/** Log lines with many short attributes. */
function crowd(records: number, attributes: number): Uint8Array {
  const crowded = Object.fromEntries(Array.from({ length: attributes }, (_, place) => [key(place), true]));
  const line = {
    record: { observed: at(0), severity: 9, attributes: crowded },
    resource: { attributes: {} },
    scope: { name: "" },
  };
  return encodeLogs(
    Array.from({ length: records }, () => line),
    "protobuf",
  );
}

function crowdInJson(attributes: number): Uint8Array {
  const entries = Array.from({ length: attributes }, (_, place) => `{"key":"${key(place)}"}`).join(",");
  return Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[${entries}]}]}]}]}`);
}

/** Two bytes each: the tag, and that nothing follows. */
function emptyRecords(count: number): Uint8Array {
  const records = Buffer.alloc(count * 2).fill(Buffer.from([0x12, 0]));
  return inside(0x0a, inside(0x12, records));
}

/** A message inside another, behind its tag and its length as a varint of five bytes. */
function inside(tag: number, message: Buffer): Buffer {
  const { length } = message;
  const digits = [0, 7, 14, 21, 28].map((shift, place) => ((length >>> shift) & 0x7f) | (place < 4 ? 0x80 : 0));
  return Buffer.concat([Buffer.from([tag, ...digits]), message]);
}

/** One gibibyte of zeros in one mebibyte. */
function bomb(): Buffer {
  const part = gzipSync(Buffer.alloc(16 * mebibyte));
  return Buffer.concat(Array.from({ length: 64 }, () => part));
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-memory-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
