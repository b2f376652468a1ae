/** An execution of a job, by the labels of its page. */
export interface BcaFields {
  readonly "Job execution ID": string;
  readonly Job: string;
  readonly Space: string;
  readonly Status: string;
  readonly "Executed by": string;
  readonly Started: string;
  readonly Ended: string;
  readonly [label: string]: string | number;
}

let count = 0;

/** An execution as the job audit log shows it, with ISO times. */
export const bcaExecution = (fields: Partial<BcaFields> = {}): BcaFields => ({
  "Job execution ID": `execution-${++count}`,
  Job: "Send notifications",
  Space: "(multiple)",
  Status: "Successful",
  "Executed by": "Scheduled execution",
  Started: "2026-09-30T06:00:00Z",
  Ended: "2026-09-30T06:00:42Z",
  Duration: "42 seconds",
  "Spaces processed": 12,
  "Spaces total": 12,
  "Emails sent": 7,
  ...fields,
});

/** Executions as a person copies them from the page: label and value on a line each. */
export const bcaText = (executions: readonly BcaFields[]): string =>
  executions.map((fields) => `${linesOf(fields).join("\n")}\n`).join("\n");

const linesOf = (fields: BcaFields): string[] => Object.entries(fields).map(([label, value]) => `${label}: ${value}`);

/** Executions as a table with the labels in its first line. */
export function bcaCsv(executions: readonly BcaFields[]): string {
  const labels = [...new Set(executions.flatMap((fields) => Object.keys(fields)))];
  const cell = (value: string | number | undefined): string => `"${String(value ?? "").replaceAll('"', '""')}"`;
  return [labels.map(cell), ...executions.map((fields) => labels.map((label) => cell(fields[label])))]
    .map((row) => `${row.join(",")}\n`)
    .join("");
}
