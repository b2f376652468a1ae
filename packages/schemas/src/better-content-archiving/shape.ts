import { z } from "zod";
import { markShape } from "../mark.ts";
import { maybe, number, text, time, word } from "../shape.ts";
import type { BcaExecution } from "./record.ts";

const scalar = z.union([number, text]);

const shapeOf = <T extends string, N extends string | number>(
  times: z.ZodType<T>,
  count: z.ZodType<N>,
): z.ZodType<BcaExecution> =>
  z.looseObject({
    "Job execution ID": word,
    Job: maybe(text),
    Space: maybe(text),
    Status: word,
    "Executed by": maybe(text),
    Started: maybe(times),
    Ended: maybe(times),
    Duration: maybe(scalar),
    "Spaces processed": maybe(count),
    "Spaces total": maybe(count),
    "Content events initialized": maybe(count),
    "Content statuses refreshed": maybe(count),
    "Emails sent": maybe(count),
    "Contents archived": maybe(count),
    "Contents deleted": maybe(count),
    "Log command": maybe(text),
    "Date format": maybe(text),
    "Time zone": maybe(text),
    jobtrail: markShape.exactOptional(),
  });

/** An execution as the page shows it: all is text, in the formats of who looks at it. */
export const pageShape: z.ZodType<BcaExecution> = shapeOf(text, scalar);

/** An execution whose times name their zone and whose metrics are numbers. */
export const exactShape: z.ZodType<BcaExecution> = shapeOf(time, number);
