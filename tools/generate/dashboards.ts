import type { Generated } from "../generate.ts";
import { grafana } from "./dashboards/grafana.ts";
import { filesOf, json } from "./dashboards/source.ts";

/** The boards in every format: `dashboards/<format>/`. */
export const dashboardFiles = (): Generated[] => [...filesOf("grafana", grafana, json)];
