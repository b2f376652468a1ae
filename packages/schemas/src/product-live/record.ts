import type { Mark } from "../mark.ts";

/** A rule by which a job is run again and again, in UTC. */
export interface ProductLiveRule {
  readonly isEnabled?: boolean | null;
  readonly cronExpression?: string | null;
}

/** What the details of all records of jobs have in common. */
interface Details {
  readonly accountId?: string | null;
  /** Not always available. */
  readonly userId?: string | null;
  readonly jobOwnerAccountId?: string | null;
  readonly jobId?: string | null;
  readonly jobTitle?: string | null;
  readonly jobInstanceId: string;
  readonly pipelineId?: string | null;
}

/** That an instance of a job was queued; `jobType` says whether it is a user's job or the system's. */
export interface ProductLiveQueued extends Details {
  readonly jobKey?: string | null;
  readonly jobType?: string | null;
  readonly systemJobType?: string | null;
  readonly jobPeriodicity?: readonly ProductLiveRule[] | null;
  readonly actionOrigin?: string | null;
}

/** That an instance of a job has ended. */
export interface ProductLiveEnded extends Details {
  readonly jobInstanceStatus: string;
  readonly jobInstanceUpdatedAt?: string | null;
  readonly jobInstanceStartAt?: string | null;
  readonly jobInstanceEndAt?: string | null;
}

/** A row of the audit log in Azure Log Analytics. In the portal's CSV `Details` is JSON text. */
export interface ProductLiveRow {
  readonly Id?: string | null;
  readonly TenantId?: string | null;
  readonly "TimeGenerated [UTC]"?: string | null;
  readonly TimeGenerated?: string | null;
  readonly EntityType?: string | null;
  readonly PlType: string;
  readonly Version?: number | string | null;
  readonly Details: ProductLiveQueued | ProductLiveEnded | string;
  readonly jobtrail?: Mark;
}

/** An audit log as the REST interface answers. */
export interface ProductLiveAudit {
  readonly object?: string | null;
  readonly id?: string | null;
  readonly timeGenerated?: string | null;
  readonly entityType?: string | null;
  readonly type: string;
  readonly version?: number | string | null;
  readonly details: ProductLiveQueued | ProductLiveEnded;
  readonly jobtrail?: Mark;
}

/** A job execution as the Data Factory's REST interface answers: the same that the audit log calls an instance. */
export interface ProductLiveExecution {
  readonly object: "job_execution";
  readonly id: string;
  readonly jobId?: string | null;
  readonly pipelineId?: string | null;
  readonly createdAt?: string | null;
  readonly startedAt?: string | null;
  readonly endedAt?: string | null;
  readonly status: string;
  readonly input?: { readonly context?: ProductLiveContext | null } | null;
  readonly output?: unknown;
  readonly info?: { readonly title?: string | null } | null;
  readonly jobtrail?: Mark;
}

/** Who asked for a job execution. */
export interface ProductLiveContext {
  readonly jobAccountId?: string | null;
  readonly jobId?: string | null;
  readonly userAccountId?: string | null;
  readonly userId?: string | null;
}

/** A record of Product-Live's. */
export type ProductLiveRecord = ProductLiveRow | ProductLiveAudit | ProductLiveExecution;
