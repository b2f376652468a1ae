import { boards } from "../../../dashboards/src/boards.ts";
import { uidOf } from "../../../dashboards/src/board.ts";
import type { Board, BoardId, Panel } from "../../../dashboards/src/board.ts";
import { labelName } from "../../../dashboards/src/metric.ts";
import type { Label, Naming } from "../../../dashboards/src/metric.ts";

/** A link as Grafana keeps it. */
export interface Link {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

/** The variable, and the job log's parameter, that take a label's value. */
const takers: Partial<Record<Label, readonly [variable: string, parameter?: string]>> = {
  job: ["service"],
  "job.system.name": ["system", "system"],
  "job.queue.name": ["queue", "queue"],
  "job.name": ["job", "name"],
  "job.schedule.id": ["schedule"],
};

const isOfRecords = (id: BoardId): boolean => id === "run" || id === "audit";

const titleOf = (id: BoardId): string => boards.find((board) => board.id === id)?.title ?? id;

/** The variables that another board has too, as they are chosen here. Boards of records take patterns. */
function carried(from: Board, to: BoardId, except: readonly string[] = []): string[] {
  const crosses = isOfRecords(from.id) !== isOfRecords(to);
  return from.variables
    .filter(({ name }) => has(to, name) && !except.includes(name))
    .filter(({ name }) => !(crosses && name === "service"))
    .map(({ name }) => (isOfRecords(to) ? `var-${name}=\${${name}:regex}` : `\${${name}:queryparam}`));
}

const has = (id: BoardId, variable: string): boolean =>
  boards.some((board) => board.id === id && board.variables.some(({ name }) => name === variable));

const urlTo = (to: BoardId, parameters: readonly string[]): string =>
  `/d/${uidOf(to)}?${["${__url_time_range}", ...parameters, "var-joblog=${joblog:percentencode}"].join("&")}`;

/** The link in a panel's corner: to the board with more detail, with the same variables. */
export const panelLinks = (board: Board, { to }: Panel): Link[] => [
  { title: titleOf(to), url: urlTo(to, carried(board, to)) },
];

/** The links of a series or a row: to the next board, and to the job log, with its labels' values. */
export function seriesLinks(board: Board, panel: Panel, naming: Naming): Link[] {
  const taken = panel.by.flatMap((label) => {
    const taker = takers[label];
    return taker === undefined
      ? []
      : [{ variable: taker[0], parameter: taker[1], value: valueOf(panel, label, naming) }];
  });
  if (taken.length === 0) return [];
  const passed = taken.filter(({ variable }) => has(panel.to, variable));
  const set = passed.map(({ variable, value }) => `var-${variable}=${value}`);
  const names = passed.map(({ variable }) => variable);
  const asked = taken.flatMap(({ parameter, value }) => (parameter === undefined ? [] : [`${parameter}=${value}`]));
  return [
    { title: titleOf(panel.to), url: urlTo(panel.to, [...set, ...carried(board, panel.to, names)]) },
    ...(asked.length === 0
      ? []
      : [{ title: "Jobs in the job log", url: `\${joblog}/?${asked.join("&")}`, targetBlank: true }]),
  ];
}

/** How a link says a label's value; a table's rows have columns. */
const valueOf = ({ kind }: Panel, label: Label, naming: Naming): string =>
  kind === "table" ? `\${__data.fields["${columnOf(label)}"]}` : `\${__field.labels["${labelName(label, naming)}"]}`;

const columns: Partial<Record<Label, string>> = {
  job: "Service",
  instance: "Process",
  "job.system.name": "System",
  "job.queue.name": "Queue",
  "job.name": "Job",
  "job.schedule.id": "Schedule",
  "error.type": "Error type",
};

/** The title of a label's column. */
export const columnOf = (label: Label): string => columns[label] ?? label;
