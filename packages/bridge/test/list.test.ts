import * as fc from "fast-check";
import { expect, test } from "vitest";
import { listIn } from "../src/list.ts";

test("a list is taken apart into the texts of its items, whatever they are", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), fc.boolean(), (items, beside, isSpread) => {
      const answer = { 'a"[{': beside, data: items, after: [beside] };
      const list = listIn(JSON.stringify(answer, undefined, isSpread ? 2 : 0), "data");
      expect(list?.items.map((item): unknown => JSON.parse(item))).toEqual(JSON.parse(JSON.stringify(items)));
      expect(JSON.parse(list?.around('"one"') ?? "")).toEqual(JSON.parse(JSON.stringify({ ...answer, data: "one" })));
      expect(listIn(JSON.stringify(items))?.items.length).toBe(items.length);
    }),
  );
});

test.each(['[{"id":1}', '{"data":[1,2', '{"data":{}}', "{}", '"data"', ""])("%j has no list", (text) => {
  expect(listIn(text, "data") ?? (text.startsWith("[") ? listIn(text) : undefined)).toBeUndefined();
});
