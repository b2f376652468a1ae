import { halvesOf } from "@jobtrail/delivery";
import type { Chunk } from "@jobtrail/delivery";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import { assert, array, constantFrom, integer, property, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { chunkOf } from "./server.ts";

function decoded({ body }: Chunk, encoding: Encoding): readonly string[] {
  const logs = decodeLogs(body, encoding);
  if (isRefusal(logs)) throw new Error(logs.found);
  return logs.records.map((each) => JSON.stringify(each)).toSorted();
}

test("the halves of a request have all its records, each with its resource and scope, and count them", () => {
  const encodings = constantFrom<Encoding>("protobuf", "json");
  assert(
    property(array(string(), { minLength: 2, maxLength: 40 }), encodings, (names, encoding) => {
      const whole = chunkOf(names, encoding);
      const halves = halvesOf(whole, encoding) ?? [];
      expect(halves.flatMap((half) => decoded(half, encoding)).toSorted()).toEqual(decoded(whole, encoding));
      expect(halves.map(({ items }) => items)).toEqual([Math.ceil(names.length / 2), Math.floor(names.length / 2)]);
    }),
  );
});

test("spans and metrics are halved like records", () => {
  const request = (kind: string, list: string): Chunk => ({
    body: Buffer.from(
      JSON.stringify({
        [`resource${kind}`]: [{ resource: { a: 1 }, [`scope${kind}`]: [{ [list]: [{ name: "a" }, { name: "b" }] }] }],
      }),
    ),
    items: 2,
  });
  for (const [kind, list] of [
    ["Spans", "spans"],
    ["Metrics", "metrics"],
  ] as const)
    expect(
      halvesOf(request(kind, list), "json")?.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown),
    ).toEqual(
      ["a", "b"].map((name) => ({
        [`resource${kind}`]: [{ resource: { a: 1 }, [`scope${kind}`]: [{ [list]: [{ name }] }] }],
      })),
    );
});

test("one item, and what is no request, stays whole", () => {
  expect(halvesOf(chunkOf(["alone"]), "protobuf")).toBeUndefined();
  assert(
    property(uint8Array(), integer({ min: 2, max: 9 }), (body, items) => {
      const halves = halvesOf({ body, items }, "protobuf") ?? halvesOf({ body, items }, "json");
      expect(halves === undefined || halves.every((half) => half.items > 0)).toBe(true);
    }),
  );
});
