/** Why a source cannot go on: what happened with which file, or what its receiver answered. */
export const catalogue = {
  JOBTRAIL_CHECKPOINT_UNUSABLE: ({ path, reason }: File): string => `${path}: ${reason}.`,
  JOBTRAIL_SEND_FAILED: ({ problem }: Sending): string => problem,
} as const;

interface File {
  readonly path: string;
  readonly reason: string;
}

interface Sending {
  /** What the receiver answered, or that it did not, and what to do about it. */
  readonly problem: string;
}
