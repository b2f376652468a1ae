import type { JobAttributes, TriggerType } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { timeIn } from "../moment.ts";
import { errorIn, lifeOf, unlisted } from "../teller.ts";
import type { Meaning, Teller, Times } from "../teller.ts";
import type { ProductLiveEnded, ProductLiveExecution, ProductLiveQueued, ProductLiveRule } from "./record.ts";
import { endWords, executionWords, meanings, triggers } from "./word.ts";

/** What a record tells that an instance was queued. The time of its envelope is that of ingestion, and no other is said. */
export function tellQueued(details: ProductLiveQueued, teller: Teller, generated: HrTime | undefined): JobEvent[] {
  const { actionOrigin: origin, jobPeriodicity: rules } = details;
  const trigger = origin ? wordIn(triggers, origin) : undefined;
  const attributes: JobAttributes = {
    "job.state": "waiting",
    ...whose(details.userId, details.jobOwnerAccountId),
    ...(origin ? { "job.trigger.type": trigger ?? ("unknown" satisfies TriggerType) } : {}),
    ...scheduleIn(rules ?? []),
  };
  const anomalies = origin && trigger === undefined ? [unlisted("actionOrigin", origin, Object.keys(triggers))] : [];
  return [teller.main({ event: "job.queued", attributes, anomalies }, generated)];
}

/** What a record tells that an instance has ended. */
export function tellEnded(details: ProductLiveEnded, teller: Teller, generated: HrTime | undefined): JobEvent[] {
  const { jobInstanceStatus: word, userId, jobOwnerAccountId } = details;
  const times = { started: timeIn(details.jobInstanceStartAt), ended: timeIn(details.jobInstanceEndAt) };
  const attributes = whose(userId, jobOwnerAccountId);
  return tellOf({ word, listed: endWords, times, attributes }, teller, generated);
}

/** What a job execution tells. */
export function tellExecution(execution: ProductLiveExecution, teller: Teller): JobEvent[] {
  const { status: word, createdAt, startedAt, endedAt, input } = execution;
  const times = { queued: timeIn(createdAt), started: timeIn(startedAt), ended: timeIn(endedAt) };
  const attributes = whose(input?.context?.userId, input?.context?.jobAccountId);
  return tellOf({ word, listed: executionWords, times, attributes }, teller);
}

interface Told {
  readonly word: string;
  readonly listed: readonly string[];
  readonly times: Times;
  readonly attributes: JobAttributes;
}

function tellOf({ word, listed, times, attributes }: Told, teller: Teller, seen?: HrTime): JobEvent[] {
  const meaning = withoutRun(wordIn(meanings, word), times);
  const failed = meaning?.state === "failed";
  return lifeOf(
    teller,
    meaning,
    times,
    {
      attributes: { ...attributes, ...(meaning?.warning === true && { "job.run.warnings": [word] }) },
      error: failed ? errorIn(word, undefined) : undefined,
      anomalies: meaning === undefined ? [unlisted("the status", word, listed)] : [],
    },
    seen,
  );
}

/** What ended without ever having started ended without a run. */
const withoutRun = (meaning: Meaning | undefined, { started }: Times): Meaning | undefined =>
  meaning?.event === "job.run.ended" && started === undefined
    ? { ...meaning, event: meaning.state === "removed" ? "job.removed" : "job.ended" }
    : meaning;

const wordIn = <T>(words: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined;

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
