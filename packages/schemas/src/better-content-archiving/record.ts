import type { Digits } from "../json.ts";
import type { Mark } from "../mark.ts";

/** An execution of a job, by the labels of its detail page. */
export interface BcaExecution {
  readonly "Job execution ID": string;
  readonly Job?: string | null;
  /** The space's name, or (multiple) for the whole site. */
  readonly Space?: string | null;
  readonly Status: string;
  /** A user's name, or Scheduled execution. */
  readonly "Executed by"?: string | null;
  readonly Started?: string | null;
  readonly Ended?: string | null;
  readonly Duration?: string | Digits | null;
  readonly "Spaces processed"?: string | Digits | null;
  readonly "Spaces total"?: string | Digits | null;
  readonly "Content events initialized"?: string | Digits | null;
  readonly "Content statuses refreshed"?: string | Digits | null;
  readonly "Emails sent"?: string | Digits | null;
  readonly "Contents archived"?: string | Digits | null;
  readonly "Contents deleted"?: string | Digits | null;
  readonly "Log command"?: string | null;
  /** How the times are written, such as `dd.MM.yyyy HH:mm:ss`: the page does not say, who copied it does. */
  readonly "Date format"?: string | null;
  /** The zone that the page was shown in: an IANA name, `UTC` or an offset. */
  readonly "Time zone"?: string | null;
  readonly jobtrail?: Mark;
}

/** A record of Better Content Archiving's job audit log. */
export type BcaRecord = BcaExecution;
