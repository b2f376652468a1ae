/** Why a conversion ends before all is done. */
export type FailureCode =
  /** A file that is not there, is a folder, or cannot be read. */
  | "JOBTRAIL_INPUT_UNREADABLE"
  /** Records that are of no schema, or of more than one. */
  | "JOBTRAIL_INPUT_UNKNOWN"
  /** What is written would go into what is read. */
  | "JOBTRAIL_OUTPUT_IS_INPUT"
  /** The standard output takes no more. */
  | "JOBTRAIL_OUTPUT_UNWRITABLE"
  /** The file of what cannot be read takes nothing. */
  | "JOBTRAIL_REJECTS_UNWRITABLE"
  /** There is no room for the events that wait for the rest of their job. */
  | "JOBTRAIL_TEMPORARY_FULL"
  /** What a schema needs and no record can say. */
  | "JOBTRAIL_SETTING_MISSING"
  /** A receiver that does not answer, or will not take the records. */
  | "JOBTRAIL_SEND_FAILED"
  /** A job that is not in the job log. */
  | "JOBTRAIL_JOB_UNKNOWN"
  /** A job log that is not there. */
  | "JOBTRAIL_LOG_UNREACHABLE";

/** A conversion that ends before all is done. Its message is one line: the code, what happened, what to do. */
export class Failure extends Error {
  constructor(code: FailureCode, reason: string, options?: ErrorOptions) {
    super(`${code}: ${reason}`, options);
    this.name = "Failure";
  }
}

/** The reason in an error, whatever it is. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
