import { aligned } from "../aligned.ts";
import { commands, componentsOf, holdersOf, official, sinceOf } from "./component.ts";
import type { Distribution } from "./component.ts";
import { write } from "./document.ts";
import { pathOf } from "./files.ts";
import { meaningOf } from "./meaning.ts";
import type { Stack } from "./stack.ts";
import { variablesOf } from "./variable.ts";
import type { Variable } from "./variable.ts";

/** The merged configuration, with comments that say what it was made of and what it needs. */
export function configText(stack: Stack): string {
  const document = stack.document.clone();
  document.commentBefore = commentOf(stack);
  return write(document);
}

/** The shell's command that starts a Collector on the files themselves. */
export const commandText = (stack: Stack, distribution?: Distribution): string =>
  `${commentOf(stack).replaceAll(/^/gm, "#").replaceAll(/ +$/gm, "")}\n${[
    commands[distribution ?? first(stack)],
    ...argumentsOf(stack).map(quoted),
  ].join(" \\\n  ")}\n`;

/** What a Collector is given to run a stack. */
export const argumentsOf = ({ files, overlay, additions }: Stack): string[] => [
  ...files.map((file) => `--config=${pathOf(file)}`),
  ...(overlay === undefined ? [] : [`--config=yaml:${write(overlay)}`]),
  ...additions.map(({ path, value }) => `--set=${path.join("::")}=${value}`),
];

/** What a stack is called: `grafana-cloud, tier agent`. */
export const nameOf = ({ backends, tier }: Pick<Stack, "backends" | "tier">): string =>
  [...backends.map(({ name }) => name), `tier ${tier}`].join(", ");

/** What is to be known of a signal that no backend takes; nothing where all are taken. */
export const nowhereText = ({ nowhere }: Pick<Stack, "nowhere">): string[] =>
  nowhere.length === 0
    ? []
    : [
        `No backend takes ${nowhere.join(" and ")}: the Collector takes them and lets them go. Add a --backend that does.`,
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
        `${name} stands beside the others, under names of its own: ${files.join(", ")}.`,
    ),
    `Runs with ${holdersText(stack)}.`,
    ...nowhereText(stack),
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
        ...aligned(variables.map((each) => [each.name, meaningOf(each, stack)]))
          .split("\n")
          .map((line) => `  ${line}`),
      ];

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
