/** A condition on a record of the job log. `event` stands for the record's event name. */
export type Condition = readonly [attribute: string, operator: "=" | ">", value: string | number];

/** What people ask the job log, and how the answer is found in its records. */
export interface Question {
  readonly ask: string;
  readonly about: string;
  readonly where: readonly Condition[];
  /** The columns of an answer that is a list of records, newest first. */
  readonly show?: readonly string[];
  /** An answer that is a number for each value. */
  readonly count?: {
    readonly of: "records" | "p95" | "latest";
    readonly attribute?: string;
    readonly by: readonly string[];
  };
  /** Where a run is compared with the usual one of its kind. */
  readonly unusual?: { readonly times: number; readonly attribute: string; readonly by: string };
  /** Whether spans can answer it too. */
  readonly onSpans: boolean;
}

/** Ends that were failures. */
const failed: Condition = ["job.run.result", "=", "failure"];

/** The ten questions. */
export const questions: readonly Question[] = [
  {
    ask: "Who started the run that sent this mail?",
    about:
      "The job's id is known from the mail or the job system: 4711 here. The record of its queueing says who asked.",
    where: [
      ["event", "=", "job.queued"],
      ["job.id", "=", "4711"],
    ],
    show: ["job.actor.type", "job.actor.id", "job.trigger.type", "job.queue.name", "job.name", "job.uid"],
    onSpans: false,
  },
  {
    ask: "Which jobs failed since the deploy?",
    about: "Choose the time since the deploy as the range. Failed for good: nobody will try again.",
    where: [["event", "=", "job.run.ended"], failed, ["job.run.final", "=", "true"]],
    show: ["job.queue.name", "job.name", "job.id", "error.type", "job.uid"],
    onSpans: true,
  },
  {
    ask: "What ran longer than three times its usual time?",
    about: "Usual is the mean of the same job over the range.",
    where: [["event", "=", "job.run.ended"]],
    unusual: { times: 3, attribute: "job.run.duration", by: "job.name" },
    onSpans: false,
  },
  {
    ask: "What did this person start?",
    about: "Everything that was queued in the name of one actor.",
    where: [
      ["event", "=", "job.queued"],
      ["job.actor.id", "=", "ada@example.com"],
    ],
    show: ["job.queue.name", "job.name", "job.id", "job.trigger.type", "job.uid"],
    onSpans: false,
  },
  {
    ask: "When did this schedule last succeed?",
    about: "The newest line is the answer.",
    where: [
      ["event", "=", "job.run.ended"],
      ["job.schedule.id", "=", "nightly-report"],
      ["job.run.result", "=", "success"],
    ],
    show: ["job.schedule.id", "job.name", "job.uid"],
    onSpans: true,
  },
  {
    ask: "Why do jobs fail?",
    about: "How many runs failed of what, most first.",
    where: [["event", "=", "job.run.ended"], failed],
    count: { of: "records", by: ["error.type", "job.name"] },
    onSpans: true,
  },
  {
    ask: "What was tried more than once?",
    about: "Runs that were a second try or a later one.",
    where: [
      ["event", "=", "job.run.ended"],
      ["job.run.attempt", ">", 1],
    ],
    show: ["job.queue.name", "job.name", "job.id", "job.run.attempt", "job.run.result", "error.type"],
    onSpans: true,
  },
  {
    ask: "Which runs lost their worker?",
    about: "Their process died at work. The jobs ran again, if another worker took them.",
    where: [
      ["event", "=", "job.run.ended"],
      ["error.type", "=", "worker_lost"],
    ],
    show: ["job.queue.name", "job.name", "job.id", "job.run.number", "job.uid"],
    onSpans: true,
  },
  {
    ask: "How long do jobs wait?",
    about: "Nineteen of twenty waited no longer, by queue, in seconds.",
    where: [["event", "=", "job.run.started"]],
    count: { of: "p95", attribute: "job.run.wait", by: ["job.queue.name"] },
    onSpans: true,
  },
  {
    ask: "Is this log whole?",
    about: "Each record that says that others were lost, with how many.",
    where: [["event", "=", "job.log.gap"]],
    show: ["job.gap.count", "job.reason"],
    onSpans: false,
  },
];
