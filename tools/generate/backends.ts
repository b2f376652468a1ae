import { checkedTexts, rows } from "../../packages/cli/src/collector/table.ts";
import type { Row, VariableRow } from "../../packages/cli/src/collector/table.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** The reference of all backends of the Collector: `docs/reference/backends.md`. */
export function backendsPage(): Generated {
  const all = rows();
  const count = (checked: Row["checked"]): number => all.filter((row) => row.checked === checked).length;
  return {
    path: "docs/reference/backends.md",
    text: page("collector/backends, collector/components.yaml and collector/proofs.yaml", "Backends", [
      "Each is a file of `@jobtrail/collector` that is merged over `base.yaml` and a tier. `jobtrail collector config --backend <name>` does that, and with `--check` and `--send-test` says what is wrong before anything is lost. The variables have the names that the vendor gives them. What runs it is an official distribution of the OpenTelemetry Collector, from the version that is named; a gateway may want a later one, which the command says.",
      ["run", "validated", "written"]
        .map((each) => `- ${checkedTexts[each as Row["checked"]]} ${count(each as Row["checked"])} of ${all.length}.`)
        .join("\n"),
      table(
        ["backend", "name", "takes", "over", "must be set", "runs with", "checked"],
        all.map((row) => [
          `[${row.title}](#${row.name})`,
          code(row.name),
          row.takes.join(", "),
          row.protocol,
          row.variables
            .filter(({ isRequired }) => isRequired)
            .map(({ name }) => code(name))
            .join(", ") || "–",
          `${row.distributions.map(code).join(", ")} ${row.since}`,
          row.checked,
        ]),
      ),
      ...all.flatMap(sectionOf),
    ]),
  };
}

const code = (text: string): string => `\`${text}\``;

const sectionOf = ({ name, title, variables, limits, source }: Row): readonly string[] => [
  // Its anchor is the name that the command knows.
  `## <a id="${name}"></a>${title}`,
  ...(variables.length === 0 ? [] : [table(["variable", "", "what it is"], variables.map(cellsOf))]),
  `Limits: ${limits}. Source: ${source}.`,
];

const cellsOf = ({ name, isRequired, brief }: VariableRow): readonly string[] => [
  code(name),
  isRequired ? "must be set" : "",
  brief,
];
