import type { Generated } from "../file.ts";
import { datadog } from "./datadog.ts";
import { honeycomb } from "./honeycomb.ts";
import { kibana } from "./kibana.ts";
import { newRelic } from "./new-relic.ts";
import { json } from "./source.ts";

/** The overview for products whose formats could only be read about. */
export const vendorFiles = (): Generated[] => [
  { path: "dashboards/datadog/jobtrail-overview.json", text: json(datadog()) },
  { path: "dashboards/new-relic/jobtrail-overview.json", text: json(newRelic()) },
  { path: "dashboards/honeycomb/jobtrail-overview.json", text: json(honeycomb()) },
  { path: "dashboards/kibana/jobtrail-overview.ndjson", text: kibana() },
];
