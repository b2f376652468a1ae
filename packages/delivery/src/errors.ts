/** Why a source cannot go on where it was: what happened with which file. */
export const catalogue = {
  JOBTRAIL_CHECKPOINT_UNUSABLE: ({ path, reason }: File): string => `${path}: ${reason}.`,
} as const;

interface File {
  readonly path: string;
  readonly reason: string;
}
