import type { JobAttributes, TriggerType } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { timeIn } from "../moment.ts";
import { errorIn, lifeOf } from "../builder.ts";
import type { EventBuilder, Times } from "../builder.ts";
import { understood, unlisted } from "../word.ts";
import type { Meaning } from "../word.ts";
import type { ProductLiveEnded, ProductLiveExecution, ProductLiveQueued, ProductLiveRule } from "./record.ts";
import { endWords, executionWords, find, triggerOf, triggers } from "./word.ts";

/** The event of a record that an instance was queued. The time of its envelope is that of ingestion; the record has no other. */
export function readQueued(
  details: ProductLiveQueued,
  builder: EventBuilder,
  generated: HrTime | undefined,
): JobEvent[] {
  const { actionOrigin: origin, jobPeriodicity: rules } = details;
  const trigger = origin ? triggerOf(origin) : undefined;
  const attributes: JobAttributes = {
    "job.state": "waiting",
    ...whose(details.userId, details.jobOwnerAccountId),
    ...(origin ? { "job.trigger.type": trigger ?? ("unknown" satisfies TriggerType) } : {}),
    ...scheduleIn(rules ?? []),
  };
  const anomalies = origin && trigger === undefined ? [unlisted("actionOrigin", origin, Object.keys(triggers))] : [];
  return [builder.main({ event: "job.queued", attributes, anomalies }, generated)];
}

/** The events of a record that an instance has ended. */
export function readEnded(details: ProductLiveEnded, builder: EventBuilder, generated: HrTime | undefined): JobEvent[] {
  const { jobInstanceStatus: word, userId, jobOwnerAccountId } = details;
  const times = { started: timeIn(details.jobInstanceStartAt), ended: timeIn(details.jobInstanceEndAt) };
  const attributes = whose(userId, jobOwnerAccountId);
  return readInstance({ word, listed: endWords, hasEnded: true, times, attributes }, builder, generated);
}

/** The events of a job execution. */
export function readExecution(execution: ProductLiveExecution, builder: EventBuilder): JobEvent[] {
  const { status: word, createdAt, startedAt, endedAt, input } = execution;
  const times = { queued: timeIn(createdAt), started: timeIn(startedAt), ended: timeIn(endedAt) };
  const attributes = whose(input?.context?.userId, input?.context?.jobAccountId);
  const hasEnded = times.ended !== undefined;
  return readInstance({ word, listed: executionWords, hasEnded, times, attributes }, builder);
}

interface Instance {
  readonly word: string;
  readonly listed: readonly string[];
  readonly hasEnded: boolean;
  readonly times: Times;
  readonly attributes: JobAttributes;
}

function readInstance(
  { word, listed, hasEnded, times, attributes }: Instance,
  builder: EventBuilder,
  seen?: HrTime,
): JobEvent[] {
  const { mark } = builder;
  const { meaning: ofStatus, anomalies } = understood({ field: "the status", word, listed, find, hasEnded, mark });
  const meaning = withoutRun(ofStatus, times);
  return lifeOf(
    builder,
    meaning,
    times,
    {
      attributes: { ...attributes, ...(meaning.warning === true && { "job.run.warnings": [word] }) },
      error: meaning.state === "failed" ? errorIn(word, undefined) : undefined,
      anomalies,
    },
    seen,
  );
}

/** What ended without ever having started ended without a run. */
const withoutRun = (meaning: Meaning, { started }: Times): Meaning =>
  meaning.event === "job.run.ended" && started === undefined
    ? { ...meaning, event: meaning.state === "removed" ? "job.removed" : "job.ended" }
    : meaning;

const whose = (user: string | null | undefined, owner: string | null | undefined): JobAttributes => ({
  ...(user ? { "job.actor.type": "user" } : {}),
  ...(owner ? { "job.scope.type": "account" } : {}),
});

/** The rule in force, where there is one; of several none could be named as the one that made the job. */
function scheduleIn(rules: readonly ProductLiveRule[]): JobAttributes {
  const [rule, ...others] = rules.filter(({ isEnabled }) => isEnabled === true);
  const expression = rule?.cronExpression;
  if (!expression || others.length > 0 || expression.length > 128 || !expression.isWellFormed()) return {};
  return { "job.schedule.expression": expression, "job.schedule.timezone": "UTC" };
}
