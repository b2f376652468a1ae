import { z } from "zod";
import { markShape } from "../mark.ts";
import { anything, flag, maybe, number, text, time, word } from "../shape.ts";
import type {
  ProductLiveAudit,
  ProductLiveEnded,
  ProductLiveExecution,
  ProductLiveQueued,
  ProductLiveRow,
} from "./record.ts";

const version = z.union([number, text]);
// Titles and examples of the document disagree, so that both are met.
const queueTypes = ["job.queue", "job.queued"];
const endTypes = ["job.end", "job.ended"];

const ofAll = {
  accountId: maybe(text),
  userId: maybe(text),
  jobOwnerAccountId: maybe(text),
  jobId: maybe(text),
  jobTitle: maybe(text),
  jobInstanceId: word,
  pipelineId: maybe(text),
};

const ofQueued = {
  ...ofAll,
  jobKey: maybe(text),
  systemJobType: maybe(text),
  jobPeriodicity: maybe(z.array(z.looseObject({ isEnabled: maybe(flag), cronExpression: maybe(text) }))),
  actionOrigin: maybe(text),
};

const userDetails = z.looseObject({ ...ofQueued, jobType: maybe(text) });
const systemDetails = z.looseObject({ ...ofQueued, jobType: z.literal("SYSTEM") });
const endDetails = z.looseObject({
  ...ofAll,
  jobInstanceStatus: word,
  jobInstanceUpdatedAt: maybe(time),
  jobInstanceStartAt: maybe(time),
  jobInstanceEndAt: maybe(time),
});

/** What is particular to a kind of details: the types that it is found under, and its shape. */
export interface KindParts {
  readonly types: readonly string[];
  readonly details: z.ZodType<ProductLiveQueued | ProductLiveEnded>;
}

/** A kind of details. */
export type Kind = "user" | "system" | "end";

/** The kinds of details. */
export const kinds: Readonly<Record<Kind, KindParts>> = {
  user: { types: queueTypes, details: userDetails },
  system: { types: queueTypes, details: systemDetails },
  end: { types: endTypes, details: endDetails },
};

/** The shape of a row in Log Analytics; in the portal's CSV times are what the portal makes of them. */
export const rowShape = ({ types, details }: KindParts, ofCsv: boolean): z.ZodType<ProductLiveRow> =>
  z.looseObject({
    Id: maybe(text),
    TenantId: maybe(text),
    "TimeGenerated [UTC]": maybe(ofCsv ? text : time),
    TimeGenerated: maybe(ofCsv ? text : time),
    EntityType: maybe(text),
    PlType: z.enum(types),
    Version: maybe(version),
    Details: details,
    jobtrail: markShape.exactOptional(),
  });

/** The shape of an audit log as the REST interface answers. */
export const auditShape = ({ types, details }: KindParts): z.ZodType<ProductLiveAudit> =>
  z.looseObject({
    object: maybe(text),
    id: maybe(text),
    timeGenerated: maybe(time),
    entityType: maybe(text),
    type: z.enum(types),
    version: maybe(version),
    details,
    jobtrail: markShape.exactOptional(),
  });

/** The shape of a job execution. */
export const executionShape: z.ZodType<ProductLiveExecution> = z.looseObject({
  object: z.literal("job_execution"),
  id: word,
  jobId: maybe(text),
  pipelineId: maybe(text),
  createdAt: maybe(time),
  startedAt: maybe(time),
  endedAt: maybe(time),
  status: word,
  input: maybe(
    z.looseObject({
      context: maybe(
        z.looseObject({
          jobAccountId: maybe(text),
          jobId: maybe(text),
          userAccountId: maybe(text),
          userId: maybe(text),
        }),
      ),
    }),
  ),
  output: anything.exactOptional(),
  info: maybe(z.looseObject({ title: maybe(text) })),
  jobtrail: markShape.exactOptional(),
});
