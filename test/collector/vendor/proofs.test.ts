import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { allBackends } from "../../../packages/cli/src/collector/backend.ts";
import { componentsOf, holds } from "../../../packages/cli/src/collector/component.ts";
import { stackOf } from "../../../packages/cli/src/collector/stack.ts";
import { folder } from "../collector.ts";
import { vendors } from "./rows.ts";

const proofs = parse(readFileSync(join(folder, "proofs.yaml"), "utf8")) as Readonly<Record<string, string>>;
const ours = "test/collector/vendors.test.ts";

test("each backend whose components the lean Collector holds is run, and no other", () => {
  const held = allBackends()
    .map(({ name }) => name)
    .filter((name) => componentsOf(stackOf("agent", [name])).every((component) => holds("lean", component)));
  expect(Object.keys(proofs).toSorted()).toEqual(held.toSorted());
});

test("each backend that is run against a stand-in alone has a row, and each row is of one that is run", () => {
  const rows = new Set(vendors.map(({ backend }) => backend));
  const named = Object.entries(proofs).flatMap(([name, file]) => (file === ours ? [name] : []));
  expect(named.filter((name) => !rows.has(name))).toEqual([]);
  expect([...rows].filter((name) => !(name in proofs))).toEqual([]);
  expect(rows.size).toBe(vendors.length);
});

test.for(Object.entries(proofs).filter(([, file]) => file !== ours))("%s is run by %s", ([name, file]) => {
  expect(readFileSync(join(folder, "..", file), "utf8")).toMatch(new RegExp(`\\b${name}\\b`));
});
