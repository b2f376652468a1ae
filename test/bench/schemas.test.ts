import { schemas } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { measureSchemas, tableOf } from "./schemas.ts";

test("measures every schema beside its bare shape, in each round", () => {
  const measured = measureSchemas(50, 2);
  expect(measured.map(({ name, passes }) => [name, passes.length])).toEqual(
    Object.keys(schemas).map((name) => [name, 2]),
  );
  for (const { passes, size } of measured) {
    expect(size).toBeGreaterThan(100);
    for (const { ours, bare } of passes) expect(ours > 0 && bare > 0).toBe(true);
  }
  const rows = tableOf(measured).split("\n");
  expect(rows.slice(1).map((row) => row.split(" ")[0])).toEqual(Object.keys(schemas));
});
