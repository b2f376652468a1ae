import { expect, test } from "vitest";
import { cases } from "./cases.ts";
import { faults } from "./fault.ts";
import { noticed, sentences, table } from "./table.ts";
import type { Case, Notice } from "./table.ts";

const names = Object.keys(sentences) as Case[];
const general = ["end-swallowed", "start-doubled", "hook-throws"] as const;

const noticing = (fault: string, among: readonly Case[]): Case[] =>
  among.filter((name) => (noticed[name] as Record<string, Notice>)[fault] === "notices");

test("every case in words has its check, and every system an answer for every case", () => {
  expect(Object.keys(cases)).toEqual(names);
  for (const row of Object.values(table)) expect(Object.keys(row).sort()).toEqual(names.toSorted());
});

test("every case notices at least one fault", () => {
  for (const name of names) expect([name, ...Object.values(noticed[name])]).toContain("notices");
});

test("every general fault is noticed for every system, and every other one for some system", () => {
  for (const row of Object.values(table)) {
    const must = names.filter((name) => row[name] === "must");
    for (const fault of general) expect(noticing(fault, must)).not.toEqual([]);
  }
  for (const fault of Object.keys(faults)) expect(noticing(fault, names)).not.toEqual([]);
});
