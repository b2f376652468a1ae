/** What becomes of a job, known before it is made. */
export interface Plan {
  readonly name: "welcome" | "invoice" | "report";
  /** How many of its tries fail. */
  readonly failures: number;
}

/** The queue of all jobs. */
export const queueName = "mail";

/** How often each is tried at the most. */
export const attempts = 3;

const names = ["welcome", "invoice", "report"] as const;

/** How often the jobs fail, in turn: of fifteen, four once, two twice and one until it is given up. */
const failing: readonly number[] = [0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1];

/** So many jobs, always the same. */
export const plan = (jobs: number): Plan[] =>
  Array.from({ length: jobs }, (_, n) => ({
    name: names[n % names.length] ?? "welcome",
    failures: failing[n % failing.length] ?? 0,
  }));

/** How often a job of a plan runs. */
export const runsOf = ({ failures }: Plan): number => Math.min(failures + 1, attempts);
