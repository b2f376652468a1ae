import { z } from "zod";
import { aligned } from "../aligned.ts";
import { allBackends } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { commands, componentsOf, holdersOf, official, sinceOf } from "./component.ts";
import { read } from "./document.ts";
import { textOf } from "./files.ts";
import type { Signal } from "./header.ts";
import { stackOf } from "./stack.ts";
import { variablesOf } from "./variable.ts";

/** How a backend was checked: with traffic, by the Collector's own validation, or not beyond the vendor's document. */
export type Checked = "run" | "validated" | "written";

/** A variable that a backend's file names. */
export interface VariableRow {
  readonly name: string;
  readonly isRequired: boolean;
  readonly brief: string;
}

/** The description of a backend. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly takes: readonly Signal[];
  readonly protocol: string;
  readonly variables: readonly VariableRow[];
  readonly limits: string;
  readonly source: string;
  /** The commands of the official distributions that hold an agent for it, and the lowest version. */
  readonly distributions: readonly string[];
  readonly since: string;
  readonly checked: Checked;
}

/** Every backend, by name. */
export function rows(): Row[] {
  const tests = proofs();
  return allBackends().map((backend) => rowOf(backend, tests));
}

/** The description of one backend. */
export function rowOf(
  { name, title, takes, protocol, limits, source, variables }: Backend,
  tests: Readonly<Record<string, string>> = proofs(),
): Row {
  const stack = stackOf("agent", [name]);
  const components = componentsOf(stack);
  const holders = holdersOf(components);
  const required = new Set(variablesOf(stack.config).flatMap((each) => (each.isRequired ? [each.name] : [])));
  return {
    name,
    title,
    takes,
    protocol,
    variables: [...variables].map(([each, brief]) => ({ name: each, isRequired: required.has(each), brief })),
    limits,
    source,
    distributions: official.filter((each) => holders.includes(each)).map((each) => commands[each]),
    since: sinceOf(components),
    checked: name in tests ? "run" : holders.includes("lean") ? "validated" : "written",
  };
}

/** All backends, one a line. */
export const listText = (all: readonly Row[]): string =>
  aligned([
    ["NAME", "TITLE", "TAKES", "CHECKED", "RUNS WITH", "FROM", "MUST BE SET"],
    ...all.map(({ name, title, takes, variables, distributions, since, checked }) => [
      name,
      title,
      takes.join(", "),
      checked,
      distributions.join(", "),
      since,
      variables.flatMap((each) => (each.isRequired ? [each.name] : [])).join(", ") || "nothing",
    ]),
  ]);

/** The description of one backend as text. */
export function rowText({ name, title, takes, protocol, variables, limits, source, ...rest }: Row): string {
  const list = (isRequired: boolean): string[] =>
    aligned(
      variables.filter((each) => each.isRequired === isRequired).map((each) => [`  ${each.name}`, each.brief]),
    ).split("\n");
  return [
    `${name}: ${title}`,
    `Takes ${takes.join(", ")} over ${protocol}.`,
    "",
    ...(variables.some((each) => each.isRequired) ? ["Must be set:", ...list(true)] : ["Nothing must be set."]),
    ...(variables.every((each) => each.isRequired) ? [] : ["May be set:", ...list(false)]),
    "",
    `Limits: ${limits}.`,
    `Source: ${source}.`,
    `Runs with ${rest.distributions.join(", ")} from version ${rest.since}. ${checkedTexts[rest.checked]}`,
  ].join("\n");
}

/** The meaning of each mark. */
export const checkedTexts: Readonly<Record<Checked, string>> = {
  run: "Run: a test brings traffic through it, to a backend or to a stand-in that refuses what the vendor's document says.",
  validated: "Validated: a Collector that has all its components accepts the configuration in a test.",
  written: "Written from the vendor's document: no test has a Collector with all its components.",
};

/** The content of proofs.yaml: the test that sends traffic to each backend. */
const proofsShape = z.record(z.string(), z.string());

const proofs = (): Readonly<Record<string, string>> =>
  proofsShape.parse(read(textOf("proofs.yaml"), "proofs.yaml").toJS());
