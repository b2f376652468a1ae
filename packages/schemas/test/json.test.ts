import { isRefusal } from "@jobtrail/core/event";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { depthLimit, parseText, parseValue, recordLimit } from "../src/json.ts";
import { isoOfSeconds, parseIso, timeIn } from "../src/moment.ts";
import { digits } from "./arbitrary.ts";

const textAgain = (text: string): unknown => {
  const parsed = parseText(text);
  return isRefusal(parsed) ? parsed : JSON.stringify(parsed.value);
};

it("keeps every digit of every number", () => {
  for (const text of ["0.10", "-0", '{"a":[1E5,12345678901234567890],"b":1.0}', "[9007199254740993,-1e-7,1.5]"])
    expect(textAgain(text)).toBe(text);
  fc.assert(
    fc.property(digits, (number) => {
      const text = JSON.stringify([number, { a: number }, ` ${JSON.stringify(number)}`]);
      expect(textAgain(text)).toBe(text);
    }),
  );
});

it("keeps keys that have escapes in them, whatever other keys were read before", () => {
  for (const text of [
    String.raw`{"a":1,"\\":1}`,
    String.raw`{"a":1,"\n":1}`,
    String.raw`{"a":1,"\"":{"\\b":"\n"}}`,
    '{"a":1,"\uE000":1,"\\n":"\\\\"}',
    String.raw`{"a":1,"\t":1.0,"__proto__":[{"\\":-0}]}`,
  ])
    expect(textAgain(text)).toBe(text);
  expect(parseText(String.raw`{"a":1,"\u0061":2,"\u0031":3}`)).toEqual({
    value: { 1: 3, a: 2 },
    plain: { 1: 3, a: 2 },
  });
  const keys = fc.oneof(fc.constantFrom("\\", "\n", '"', "\uE000", "\uD800", "a"), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.uniqueArray(keys), (all) => {
      const text = JSON.stringify(Object.fromEntries(all.map((key) => [key, key])));
      expect(textAgain(text)).toBe(text);
    }),
  );
});

it("reads a text with a byte order mark, and refuses what is no JSON without repeating it", () => {
  expect(textAgain('\uFEFF{"a":1}\r\n')).toBe('{"a":1}');
  expect(textAgain('{"password":"geheim",}')).toEqual({
    refused: true,
    path: "record",
    expected: "JSON text",
    found: "a text that is no JSON from character 21 on",
  });
});

const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

it("reads a thousand levels, and refuses more, however many", () => {
  expect(textAgain(nested(depthLimit))).toBe(nested(depthLimit));
  expect(textAgain(nested(depthLimit).replace("[]", "[1.0]"))).toContain("[1.0]");
  for (const levels of [depthLimit + 1, 400_000])
    expect(textAgain(nested(levels))).toMatchObject({
      refused: true,
      expected: `at most ${depthLimit} levels of objects and lists`,
    });
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(parseValue(cycle)).toMatchObject({ refused: true });
});

it("refuses what is longer than any record", () => {
  const long = "x".repeat(recordLimit);
  expect(parseText(`"${long}"`)).toMatchObject({ refused: true, found: String(recordLimit + 2) });
  expect(parseValue([long])).toMatchObject({ refused: true });
});

it("takes values as JSON would write them, and refuses what JSON cannot hold with its path", () => {
  const own = JSON.parse('{"__proto__":{"a":1},"b":-0}') as object;
  expect(parseValue({ own, big: 2n ** 64n, none: undefined })).toMatchObject({
    plain: { big: 2 ** 64, own: { b: -0 } },
  });
  expect(JSON.stringify((parseValue(own) as { value: unknown }).value)).toBe('{"__proto__":{"a":1},"b":-0}');
  const paths = [{ a: [Number.NaN] }, { a: { "b c": new Date(0) } }, Symbol("s")].map((input) => parseValue(input));
  expect(paths.map((each) => "path" in each && each.path)).toEqual(["a[0]", 'a["b c"]', "record"]);
});

it("knows every second from its text, and the text from the second", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), fc.stringMatching(/^\d{1,12}$/), (seconds, fraction) => {
      const text = new Date(seconds * 1000).toISOString().slice(0, 19);
      expect(isoOfSeconds(seconds)).toBe(text);
      expect(parseIso(`${text}.${fraction}Z`)).toEqual({ seconds, fraction });
      expect(parseIso(`${text}+05:30`)).toEqual({ seconds: seconds - 19_800, fraction: "" });
    }),
  );
});

it("takes a date that there is not for no time", () => {
  const dates = ["2024-02-30", "2023-02-29", "2024-13-01"].map((date) => parseIso(`${date}T00:00:00Z`));
  expect([
    ...dates,
    parseIso("2024-03-01T24:00:00.0Z"),
    parseIso("2024-03-01"),
    timeIn("9999-01-01T00:00:00Z"),
  ]).toEqual(Array(6).fill(undefined));
  expect(parseIso("2024-03-01T00:00:00.0Z")?.seconds).toBe(1_709_251_200);
});

it("refuses a text in which an object has a key twice, and names the key by its path", () => {
  const foundIn = (text: string): unknown => {
    const parsed = parseText(text);
    return isRefusal(parsed) ? `${parsed.path} is ${parsed.found}` : undefined;
  };
  expect(foundIn('{"status":"COMPLETE","id":"a","status":"ERROR"}')).toBe("status is the same key twice");
  expect(foundIn('[1,{"a":[{"b":1},{"b c":{"d":1,"\\u0064":2}}]}]')).toBe('[1].a[1]["b c"].d is the same key twice');
  expect(foundIn('{"__proto__":1,"__proto__":2}')).toBe("__proto__ is the same key twice");
  expect(foundIn(String.raw`{"a":"\"b\": {","c\\":"\\","b":[":",{"a":"\\\""}]}`)).toBeUndefined();
  const objects = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(objects, fc.nat(), fc.jsonValue(), (object, i, value) => {
      const text = JSON.stringify(object);
      expect(foundIn(text)).toBeUndefined();
      const keys = Object.keys(object);
      const twice = `${text.slice(0, -1)},${JSON.stringify(keys[i % keys.length])}:${JSON.stringify(value)}}`;
      expect(foundIn(`[${twice}]`)).toContain("the same key twice");
    }),
  );
});
