import { aligned } from "../aligned.ts";
import { commands, componentsOf, holdersOf, official, sinceOf } from "./component.ts";
import type { Distribution } from "./component.ts";
import { write } from "./document.ts";
import { pathOf } from "./files.ts";
import { descriptionOf } from "./description.ts";
import type { Stack } from "./stack.ts";
import { variablesOf } from "./variable.ts";
import type { Variable } from "./variable.ts";

/** The merged configuration, with comments that name its files and its variables. */
export function configText(stack: Stack): string {
  const document = stack.document.clone();
  document.commentBefore = commentOf(stack);
  return write(document);
}

/** A shell command that starts a Collector with the files themselves. */
export const commandText = (stack: Stack, distribution?: Distribution): string =>
  `${commentOf(stack).replaceAll(/^/gm, "#").replaceAll(/ +$/gm, "")}\n${[
    commands[distribution ?? first(stack)],
    ...argumentsOf(stack).map(quoted),
  ].join(" \\\n  ")}\n`;

/** The arguments with which a Collector runs a stack. */
export const argumentsOf = ({ files, overlay, additions }: Stack): string[] => [
  ...files.map((file) => `--config=${pathOf(file)}`),
  ...(overlay === undefined ? [] : [`--config=yaml:${write(overlay)}`]),
  ...additions.map(({ path, value }) => `--set=${path.join("::")}=${value}`),
];

/** The name of a stack: `grafana-cloud, tier agent`. */
export const nameOf = ({ backends, tier }: Pick<Stack, "backends" | "tier">): string =>
  [...backends.map(({ name }) => name), `tier ${tier}`].join(", ");

/** A line that names the signals that no backend accepts, if there are any. */
export const droppedText = ({ dropped }: Pick<Stack, "dropped">): string[] =>
  dropped.length === 0
    ? []
    : [
        `No backend accepts ${dropped.join(" and ")}: the Collector receives and drops them. Add a --backend that accepts them.`,
      ];

/** Which distributions hold a stack: `contrib from 0.144`. */
export function holdersText(stack: Pick<Stack, "config">): string {
  const components = componentsOf(stack);
  const holders = holdersOf(components);
  const names = official.filter((each) => holders.includes(each)).map((each) => `${commands[each]} (${each})`);
  return `${names.join(" or ")}, from version ${sinceOf(components)}${holders.includes("lean") ? "; the lean build too" : ""}`;
}

/** The first distribution that holds a stack. */
const first = (stack: Stack): Distribution => holdersOf(componentsOf(stack))[0] ?? "contrib";

/** Comments as the writer of YAML takes them, with a blank before each line. */
const commentOf = (stack: Stack): string =>
  [
    `OpenTelemetry Collector for ${nameOf(stack)}.`,
    `Made of ${stack.files.join(", ")} of @jobtrail/collector by:`,
    `  ${invocation(stack)}`,
    ...stack.further.map(
      ({ backend: { name }, files }) =>
        `${name} has its own pipelines and components beside the others: ${files.join(", ")}.`,
    ),
    `Runs with ${holdersText(stack)}.`,
    ...droppedText(stack),
    ...variableLines(stack),
  ]
    .map((line) => ` ${line}`)
    .join("\n");

const invocation = ({ backends, tier, files }: Stack): string => {
  const needed = new Set(backends.flatMap(({ needs }) => needs));
  const asked = files.filter((file) => file.startsWith("fragments/") && !needed.has(file));
  return [
    "jobtrail collector config",
    ...backends.map(({ name }) => `--backend ${name}`),
    `--tier ${tier}`,
    ...asked.map((file) => `--with ${file.slice("fragments/".length, -".yaml".length)}`),
  ].join(" ");
};

function variableLines(stack: Stack): string[] {
  const all = variablesOf(stack.config);
  return [
    ...listOf(
      "Must be set in its environment:",
      all.filter(({ isRequired }) => isRequired),
      stack,
    ),
    ...listOf(
      "May be set:",
      all.filter(({ isRequired }) => !isRequired),
      stack,
    ),
  ];
}

const listOf = (title: string, variables: readonly Variable[], stack: Stack): string[] =>
  variables.length === 0
    ? []
    : [
        title,
        ...aligned(variables.map((each) => [each.name, descriptionOf(each, stack)]))
          .split("\n")
          .map((line) => `  ${line}`),
      ];

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
