import { expect, test } from "vitest";
import { cases } from "./cases.ts";
import { faults } from "./fault.ts";
import { noticed, sentences } from "./table.ts";
import type { Case, Notice } from "./table.ts";

const names = Object.keys(sentences) as Case[];
const general = ["end-swallowed", "start-doubled", "host-printed"] as const;

const noticing = (fault: string, among: readonly Case[]): Case[] =>
  among.filter((name) => (noticed[name] as Record<string, Notice>)[fault] === "notices");

test("every case in words has its check", () => {
  expect(Object.keys(cases)).toEqual(names);
});

test("every case notices at least one fault", () => {
  for (const name of names) expect([name, ...Object.values(noticed[name])]).toContain("notices");
});

test("every general fault is noticed by a case that every system can pass, and every other one by some case", () => {
  const inProcess = names.filter((name) => !["context", "retries", "killed", "propagation"].includes(name));
  for (const fault of general) expect(noticing(fault, inProcess)).not.toEqual([]);
  for (const fault of Object.keys(faults)) expect(noticing(fault, names)).not.toEqual([]);
});
