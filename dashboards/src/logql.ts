import type { AttributeName, EventName } from "@jobtrail/conventions";

/** A condition on a record's attribute. */
export type RecordMatcher = readonly [
  attribute: AttributeName | "event.name",
  operator: "=" | "!=" | "=~" | ">",
  value: string | number,
];

/** Records of the chosen services in LogQL: Loki keeps these resource attributes as stream labels. */
const stream = `{service_name=~"$service", deployment_environment_name=~"$environment"}`;

/** A label as Loki writes an attribute's name. */
export const lokiLabel = (attribute: string): string => attribute.replaceAll(".", "_");

/** A condition as a stage of a query. */
export const stage = ([attribute, operator, value]: RecordMatcher): string =>
  ` | ${lokiLabel(attribute)}${operator}${typeof value === "number" ? value : `"${value}"`}`;

/** Records that meet every condition. */
export const recordsWhere = (where: readonly RecordMatcher[], from: string = stream): string =>
  `${from}${where.map(stage).join("")}`;

/** Conditions on the board's variables. */
export const chosen: readonly RecordMatcher[] = [
  ["job.system.name", "=~", "$system"],
  ["job.queue.name", "=~", "$queue"],
  ["job.name", "=~", "$job"],
];

/** Records of one event. */
export const ofEvent = (name: EventName): RecordMatcher => ["event.name", "=", name];

/** Records of the ends of jobs: of their last run, or without one. */
export const ends: readonly RecordMatcher[] = [["event.name", "=~", "job.run.ended|job.ended"]];

/** How many records there were, by attributes. */
export const countBy = (
  attributes: readonly AttributeName[],
  where: readonly RecordMatcher[],
  window = "$__auto",
): string => `sum by (${attributes.map(lokiLabel).join(", ")}) (count_over_time(${recordsWhere(where)}[${window}]))`;
