import type { Board } from "../board.ts";
import { lines, logs, records, stat, table } from "../panel.ts";
import { chosen, countBy, ends, ofEvent, recordsWhere } from "../logql.ts";
import type { RecordMatcher } from "../logql.ts";
import { recordVariables } from "../scope.ts";

const failed: RecordMatcher = ["job.run.result", "=~", "failure|error|timeout"];
const ended: readonly RecordMatcher[] = [...chosen, ["job.schedule.id", "=~", "$schedule"], ...ends];

const total = (where: readonly RecordMatcher[]): string => `sum(count_over_time(${recordsWhere(where)}[$__range]))`;

/** Who ran what, when, and what came of it; the foreign systems included. */
export const audit: Board = {
  id: "audit",
  title: "Jobs: audit log",
  about: "Who ran what, when, for whom, and what came of it, newest first. Also of systems that are only bridged.",
  from: "now-24h",
  variables: [
    ...recordVariables,
    {
      kind: "text",
      name: "schedule",
      title: "Schedule",
      about: "A pattern for job.schedule.id; .* is every one, and jobs without one.",
      value: ".*",
    },
    { kind: "text", name: "actor", title: "Actor", about: "A pattern for job.actor.id; .* is everyone.", value: ".*" },
    { kind: "text", name: "search", title: "Text", about: "What the record's sentence says; a pattern.", value: "" },
  ],
  rows: [
    {
      title: "In the time shown",
      panels: [
        stat("Runs that ended", "none", [records(total(ended))], {
          about: "Ends that were recorded. None: do records reach the logs data source?",
          to: "pipeline",
          source: "logs",
          width: 6,
        }),
        stat("Failed", "none", [records(total([...ended, failed]))], {
          about: "Runs that failed, tried again or not. Red: see the records below.",
          to: "overview",
          source: "logs",
          width: 6,
          thresholds: { bad: 1 },
        }),
        stat(
          "Started by hand",
          "none",
          [records(total([...chosen, ofEvent("job.queued"), ["job.trigger.type", "=", "manual"]]))],
          {
            about: "Jobs that a person started. Who, says the table of actors.",
            to: "overview",
            source: "logs",
            width: 6,
          },
        ),
        stat("Gaps", "none", [records(total([ofEvent("job.log.gap")]))], {
          about: "Records that say that others were lost. Red: this log is not whole; see Pipeline health.",
          to: "pipeline",
          source: "logs",
          width: 6,
          thresholds: { bad: 1 },
        }),
        lines("Ends by result", "none", [records(countBy(["job.run.result"], ended))], {
          about: "How runs ended. Look at what changed where failure begins.",
          to: "overview",
          source: "logs",
          stacked: true,
        }),
        lines(
          "Jobs by trigger",
          "none",
          [records(countBy(["job.trigger.type"], [...chosen, ofEvent("job.run.started")]))],
          {
            about: "What made jobs run: a schedule, a call, a person.",
            to: "schedules",
            source: "logs",
            stacked: true,
          },
        ),
      ],
    },
    {
      title: "Who",
      panels: [
        table(
          "Actors",
          "none",
          [
            records(
              `topk(50, ${countBy(["job.actor.type", "job.actor.id", "job.name"], [...chosen, ofEvent("job.queued"), ["job.actor.id", "=~", "$actor"]], "$__range")})`,
            ),
          ],
          {
            about:
              "Who asked for which jobs, most first. An actor that is only the service asked in nobody's name: use withActor.",
            to: "overview",
            source: "logs",
          },
        ),
        table(
          "Systems",
          "none",
          [
            records(
              `topk(50, ${countBy(["job.system.name", "job.record.schema", "job.record.source"], [], "$__range")})`,
            ),
          ],
          {
            about:
              "Whose records stand here and how they came: hook from the process itself, others by bridge or import, in their own schema.",
            to: "pipeline",
            source: "logs",
          },
        ),
      ],
    },
    {
      title: "Records",
      panels: [
        logs(
          "Ends, newest first",
          "none",
          [records(`${recordsWhere([...ended, ["job.actor.id", "=~", "$actor"]])} |~ "$search"`)],
          {
            about:
              "One line per end, newest first. Open one for actor, trigger, scope, attempt, duration and error, and for job.uid, which the run board wants.",
            to: "run",
            source: "logs",
          },
        ),
        logs(
          "Who changed what",
          "none",
          [
            records(
              `${recordsWhere([...chosen, ["event.name", "=~", "job.(restarted|removed|schedule.*|log.gap)"]])} |~ "$search"`,
            ),
          ],
          {
            about: "Jobs that were restarted or removed, schedules that were made, paused or deleted, and gaps.",
            to: "run",
            source: "logs",
          },
        ),
      ],
    },
  ],
};
