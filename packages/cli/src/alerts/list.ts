import { alertGroups, runbookOf } from "@jobtrail/dashboards";
import { aligned } from "../aligned.ts";

/** Prints the alerts. */
export function list(format: "table" | "json"): void {
  const rows = Object.entries(alertGroups).flatMap(([group, alerts]) =>
    alerts.map((alert) => ({
      name: alert.name,
      group,
      severity: alert.severity,
      about: alert.about,
      needs: needs[alert.source] ?? "",
      loki: alert.records !== undefined,
      runbook: `docs/runbooks/${runbookOf(alert)}.md`,
    })),
  );
  if (format === "json") return console.log(JSON.stringify(rows, null, 2));
  console.log(
    aligned([
      ["alert", "severity", "needs", "Loki", "about"],
      ...rows.map(({ name, severity, needs: what, loki, about }) => [
        name,
        severity,
        what,
        loki ? "yes" : "",
        about.split(/(?<=\.) /)[0] ?? "",
      ]),
    ]),
  );
}

const needs: Readonly<Record<string, string>> = {
  observer: "an observer",
  gateway: "a gateway Collector",
  collector: "the Collector's own metrics",
};
