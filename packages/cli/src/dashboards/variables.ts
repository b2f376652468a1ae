import type { ExportOptions } from "./options.ts";

/** A variable of Grafana's, in classic JSON or in a v2 manifest. */
interface Variable {
  readonly name?: string;
  current?: unknown;
  query?: unknown;
}

/** The two shapes of a board of Grafana's. */
interface Board {
  readonly templating?: { readonly list: readonly Variable[] };
  readonly spec?: { readonly variables?: readonly { readonly spec: Variable }[] };
}

/** A board's text, with its variables set to the data sources and the job log that were given. */
export function withVariables(text: string, { datasource, logs, traces, jobLog }: ExportOptions): string {
  const given = { metrics: datasource, logs, traces, joblog: jobLog };
  const values = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (values.length === 0) return text;
  const board = JSON.parse(text) as Board;
  const variables = board.templating?.list ?? board.spec?.variables?.map(({ spec }) => spec) ?? [];
  for (const [name, value] of values)
    for (const variable of variables.filter((each) => each.name === name)) {
      variable.current = { selected: true, text: value, value };
      if (name === "joblog") variable.query = value;
    }
  return `${JSON.stringify(board, null, 2)}\n`;
}
