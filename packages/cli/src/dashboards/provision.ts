import { basename } from "node:path";
import { stringify } from "yaml";
import type { BoardFile } from "./options.ts";

/** Where Grafana finds the boards inside its container. */
const mounted = "/var/lib/grafana/dashboards/jobtrail";

/**
 * The boards as Grafana mounts them: `dashboards/jobtrail` at the folder above, `provisioning/dashboards` at
 * `/etc/grafana/provisioning/dashboards`, and a ConfigMap each for the sidecar of its Helm chart.
 */
export const provisioned = (boards: readonly BoardFile[]): BoardFile[] => [
  { path: "provisioning/dashboards/jobtrail.yaml", text: stringify(provider) },
  ...boards.map(({ path, text }) => ({ path: `dashboards/jobtrail/${path}`, text })),
  ...boards.map((board) => ({
    path: `kubernetes/${basename(board.path, ".json")}.yaml`,
    text: stringify(configMap(board), { lineWidth: 0 }),
  })),
];

const provider = {
  apiVersion: 1,
  providers: [
    {
      name: "jobtrail",
      orgId: 1,
      folder: "Jobtrail",
      type: "file",
      disableDeletion: true,
      allowUiUpdates: false,
      options: { path: mounted },
    },
  ],
};

/** The board is one line of JSON: kubectl stores what it applied in an annotation of at most 256 KB. */
const configMap = ({ path, text }: BoardFile): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: basename(path, ".json"),
    labels: { grafana_dashboard: "1" },
    annotations: { grafana_folder: "Jobtrail" },
  },
  data: { [path]: JSON.stringify(JSON.parse(text)) },
});
