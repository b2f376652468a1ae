import type { Board } from "../board.ts";
import { logs, lines, records, stat, traces } from "../panel.ts";
import { recordsWhere, ofEvent } from "../logql.ts";
import type { RecordMatcher } from "../logql.ts";
import { recordVariables } from "../scope.ts";

const ofJob: readonly RecordMatcher[] = [["job.uid", "=", "$uid"]];
const ofRun: readonly RecordMatcher[] = [...ofJob, ["job.run.uid", "=~", "$run"]];

/** A number of the run's record, as the largest that stands there. */
const told = (attribute: "job_run_duration" | "job_run_wait" | "job_run_number"): string =>
  `max(max_over_time(${recordsWhere([...ofRun, ofEvent("job.run.ended")])} | unwrap ${attribute}[$__range]))`;

/** One job and its runs: records and trace. */
export const run: Board = {
  id: "run",
  title: "Jobs: run",
  about: "Everything that was recorded of one job: its runs, their traces, and each record in order.",
  from: "now-24h",
  variables: [
    {
      kind: "text",
      name: "uid",
      title: "Job uid",
      about: "The job: job.uid, 32 hex digits. Every record, span and page of the job log has it.",
      value: "",
    },
    { kind: "text", name: "run", title: "Run uid", about: "A pattern for job.run.uid; .* is every run.", value: ".*" },
    ...recordVariables,
  ],
  rows: [
    {
      title: "The run",
      panels: [
        stat("Longest run", "s", [records(told("job_run_duration"))], {
          about: "How long the longest of the chosen runs worked. Compare with the quantiles on the job's board.",
          to: "job",
          source: "logs",
          width: 6,
        }),
        stat("Longest wait", "s", [records(told("job_run_wait"))], {
          about: "How long the job waited for a run, at the most. Long: see its queue.",
          to: "queue",
          source: "logs",
          width: 6,
        }),
        stat("Runs", "none", [records(told("job_run_number"))], {
          about: "How often it was started. Above 1 it was tried again, or its worker died.",
          to: "audit",
          source: "logs",
          width: 6,
        }),
        stat(
          "Failed runs",
          "none",
          [
            records(
              `sum(count_over_time(${recordsWhere([...ofRun, ofEvent("job.run.ended"), ["job.run.result", "=~", "failure|error|timeout"]])}[$__range]))`,
            ),
          ],
          {
            about: "Runs that failed. Red: the records below say of what.",
            to: "audit",
            source: "logs",
            width: 6,
            thresholds: { bad: 1 },
          },
        ),
        lines(
          "Records by event",
          "none",
          [records(`sum by (event_name) (count_over_time(${recordsWhere(ofRun)}[$__auto]))`)],
          {
            about: "When what was recorded. A long silence between start and end is the work, or a worker that died.",
            to: "audit",
            source: "logs",
            width: 24,
          },
        ),
      ],
    },
    {
      title: "Trace",
      panels: [
        traces(
          "Spans of the job",
          "none",
          [
            {
              language: "traceql",
              expr: `{ span.job.uid = "$uid" } | select(span.job.run.number, span.job.run.result, span.error.type)`,
            },
          ],
          {
            about:
              "The call that queued the job, and each run: a trace of its own, linked to that call. Open one to see what the work did.",
            to: "job",
            source: "traces",
          },
        ),
      ],
    },
    {
      title: "Records",
      panels: [
        logs("Records of the job", "none", [records(recordsWhere(ofRun))], {
          about:
            "Each record of the job, newest first. Open one for its attributes: actor, trigger, attempt, error and its stack.",
          to: "audit",
          source: "logs",
        }),
      ],
    },
  ],
};
