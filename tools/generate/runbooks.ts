import { alertGroups } from "../../dashboards/src/alerts.ts";
import { runbookOf } from "../../dashboards/src/alerts/alert.ts";
import { emptyText, uidOf } from "../../dashboards/src/board.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** The list of all runbooks: `docs/runbooks/README.md`. */
export const runbooksPage = (): Generated => ({
  path: "docs/runbooks/README.md",
  text: page("dashboards/src/alerts", "Runbooks", [
    "One page per alert: what it means, what to look at, what to do. Each alert carries the address of its page in `runbook_url`. Thresholds are in the configuration of [`jobtrail alerts export`](../dashboards.md#alerts).",
    ...Object.entries(alertGroups).flatMap(([name, alerts]) => [
      `## ${name}`,
      table(
        ["alert", "severity", "what it says", "board", "where it is silent"],
        alerts.map((alert) => [
          `[${alert.name}](${runbookOf(alert)}.md)`,
          alert.severity,
          alert.about.split(/(?<=\.) /)[0] ?? "",
          uidOf(alert.board),
          alert.source === "process" || alert.source === "schedule"
            ? ""
            : (emptyText[alert.source].split(/(?<=\.) /)[0] ?? ""),
        ]),
      ),
    ]),
  ]),
});
