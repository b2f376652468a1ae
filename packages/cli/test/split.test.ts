import * as fc from "fast-check";
import { expect, test } from "vitest";
import { segmentLimit, Splitter, wholeLimit } from "../src/convert/split.ts";
import type { Segment } from "../src/convert/segment.ts";

/** The segments of a text that arrives in parts of a size. */
function split(text: string | Buffer, size = 65_536): Segment[] {
  const bytes = Buffer.from(text);
  const splitter = new Splitter();
  const segments: Segment[] = [];
  for (let at = 0; at < bytes.length; at += size) segments.push(...splitter.push(bytes.subarray(at, at + size)));
  return [...segments, ...splitter.end()];
}

const textsOf = (segments: readonly Segment[]): string[] => segments.map(({ text, fault }) => fault?.found ?? text);

const objects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), { maxLength: 6 });

const arrangements: readonly (readonly [name: string, of: (texts: readonly string[]) => string])[] = [
  ["lines", (texts) => texts.join("\n")],
  ["lines of Windows", (texts) => texts.map((text) => `${text}\r\n`).join("")],
  ["one after another", (texts) => texts.join("")],
  ["a list", (texts) => `[${texts.join(",")}]`],
  ["a list over lines", (texts) => `[\n  ${texts.join(",\n  ")}\n]\n`],
  ["a JSON text sequence", (texts) => texts.map((text) => `\u001E${text}\n`).join("")],
];

test.each(arrangements)("%s are split into the texts of their records, wherever they are cut", (_, arrange) => {
  fc.assert(
    fc.property(objects, fc.integer({ min: 1, max: 40 }), fc.boolean(), (values, size, isPretty) => {
      const texts = values.map((value) => JSON.stringify(value, undefined, isPretty ? 2 : 0));
      expect(textsOf(split(arrange(texts), size))).toEqual(texts);
    }),
  );
});

test("a record that is no JSON costs only itself", () => {
  const broken = ['{"a":"never closed', '{"a":1', '{"a":[1}', "nothing at all", '{"a":1]', '{"a":\\"}'];
  for (const each of broken) {
    const found = split(`{"id":1}\n${each}\n{"id":2}\n`, 5);
    expect(found).toEqual([
      { text: '{"id":1}', line: 1 },
      { text: each, line: 2 },
      { text: '{"id":2}', line: 3 },
    ]);
  }
});

test("a list says which comma is one too many, and that it never ends", () => {
  expect(textsOf(split('[{"a":1},]'))).toEqual(['{"a":1}', "a comma before the closing bracket"]);
  expect(textsOf(split('[{"a":1},,{"b":1}]'))).toEqual(['{"a":1}', "a comma", '{"b":1}']);
  expect(split('[{"a":1},\n{"b":')).toEqual([
    { text: '{"a":1}', line: 1 },
    { text: '{"b":', line: 2 },
    expect.objectContaining({
      line: 2,
      fault: expect.objectContaining({ expected: "the end of the list" }) as unknown,
    }),
  ]);
});

test("bytes that are no UTF-8 are refused and not replaced", () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xe4]), Buffer.from('"}\n{"a":"ä"}')]);
  expect(split(bytes)).toEqual([
    expect.objectContaining({ line: 1, fault: expect.objectContaining({ expected: "text in UTF-8" }) as unknown }),
    { text: '{"a":"ä"}', line: 2 },
  ]);
});

test("the list of a long answer is read item by item, with what the answer says before it", () => {
  const item = JSON.stringify({ id: "x".repeat(1000), data: [1, 2] });
  const count = Math.ceil(wholeLimit / 1000) + 10;
  const list = `[${Array.from({ length: count }, () => item).join(",\n")}]`;
  const segments = split(`{"status":0,"object":${list}}\n{"id":2}`, 1000);
  expect(segments).toHaveLength(count + 1);
  expect(segments[count - 1]).toEqual({ text: `{"status":0,"object":[${item}]}`, line: count });
  expect(segments[count]).toEqual({ text: '{"id":2}', line: count + 1 });
  expect(split(`{"object":${list},"status":0}`).at(-1)).toEqual({
    text: '{"object":[{}],"status":0}',
    bare: '{"object":[{}]}',
    line: count,
  });
});

test("an answer that is not long stays whole", () => {
  expect(textsOf(split('{"data":[{"a":1}],"links":{}}'))).toEqual(['{"data":[{"a":1}],"links":{}}']);
});

test("what is too long is not kept, and what comes after it is read", () => {
  const segments = split(`{"a":"${"x".repeat(segmentLimit + 100_000)}"}\n{"b":1}`);
  expect(segments).toEqual([
    expect.objectContaining({
      line: 1,
      fault: expect.objectContaining({ found: String(segmentLimit + 100_008) }) as unknown,
    }),
    { text: '{"b":1}', line: 2 },
  ]);
});
