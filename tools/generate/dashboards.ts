import type { Generated } from "./file.ts";
import { grafana } from "./dashboards/grafana.ts";
import { grafanaV2 } from "./dashboards/grafana-v2.ts";
import { perses } from "./dashboards/perses.ts";
import { filesOf, json } from "./dashboards/source.ts";
import { vendorFiles } from "./dashboards/vendor.ts";

/** The boards in every format: `dashboards/<format>/`. */
export const dashboardFiles = (): Generated[] => [
  ...filesOf("grafana", grafana, json),
  ...filesOf("grafana-v2", grafanaV2, json),
  ...filesOf("perses", perses, json),
  ...vendorFiles(),
];
