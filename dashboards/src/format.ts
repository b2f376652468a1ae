import { join } from "node:path";
import type { BoardId } from "./board.ts";
import { boardIds } from "./board.ts";

/** What is known of a format's files: whether they were looked at by the product's own rules, or written from its document. */
export interface BoardFormat {
  readonly title: string;
  /** What takes the files. */
  readonly takenBy: string;
  readonly boards: readonly BoardId[];
  /** `checked`: its queries are run and its rules are tests. `written`: from the document, and not run. */
  readonly proof: "checked" | "written";
}

/** The formats that boards are written in, by the name of their folder. */
export const boardFormats: Readonly<Record<BoardFormatName, BoardFormat>> = {
  grafana: {
    title: "Grafana, classic JSON",
    takenBy: "Grafana 10 to 13, its provisioning, the Kubernetes sidecar, Terraform",
    boards: boardIds,
    proof: "checked",
  },
  "grafana-v2": {
    title: "Grafana, v2 manifests",
    takenBy: "Grafana from 13 on, by its API, gcx or Terraform",
    boards: boardIds,
    proof: "checked",
  },
  perses: { title: "Perses", takenBy: "Perses, Dash0, SigNoz", boards: boardIds, proof: "checked" },
  datadog: { title: "Datadog", takenBy: "Datadog, its API, Terraform", boards: ["overview"], proof: "written" },
  "new-relic": {
    title: "New Relic",
    takenBy: "New Relic, its import, Terraform",
    boards: ["overview"],
    proof: "written",
  },
  honeycomb: { title: "Honeycomb", takenBy: "Honeycomb's API for boards", boards: ["overview"], proof: "written" },
  kibana: { title: "Kibana", takenBy: "Kibana 9, its import of saved objects", boards: ["overview"], proof: "written" },
};

/** The name of a format of boards. */
export type BoardFormatName = "grafana" | "grafana-v2" | "perses" | "datadog" | "new-relic" | "honeycomb" | "kibana";

/** The folder that holds the generated files, in one folder per format. */
export const filesFolder: string = join(import.meta.dirname, "..");
