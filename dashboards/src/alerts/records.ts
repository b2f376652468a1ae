import type { EventName } from "@jobtrail/conventions";
import { lokiLabel } from "../logql.ts";
import { labelName } from "../metric.ts";
import type { Label } from "../metric.ts";
import type { Matcher } from "../promql.ts";
import type { Scope } from "./alert.ts";

/** Records of one event that a scope is about, in LogQL. */
export const recordsOf = ({ where }: Scope, event: EventName, ...more: readonly Matcher[]): string =>
  `{service_name=~".+"} | event_name="${event}"${[...where, ...more].map(([label, operator, value]) => ` | ${lokiLabel(label)}${operator}"${value}"`).join("")}`;

/** How many there were within a window, by labels. */
export const countOf = (by: readonly Label[], of: string, window: string): string =>
  `sum by (${records(by)}) (count_over_time(${of} [${window}]))`;

/** Labels as LogQL lists them. */
export const records = (by: readonly Label[]): string => by.map((label) => labelName(label)).join(", ");
