import type { Digits } from "../json.ts";
import type { Mark } from "../mark.ts";

/** Bytes over the network. */
export interface QlikNetwork {
  readonly rxBytes?: Digits | null;
  readonly txBytes?: Digits | null;
}

/** A block that a run has executed: one step of it. */
export interface QlikBlock {
  readonly type?: string | null;
  readonly blockName?: string | null;
  /** In a unit that no document states. */
  readonly duration?: Digits | null;
  readonly rxBytes?: Digits | null;
  readonly txBytes?: Digits | null;
  readonly apiCalls?: Digits | null;
  readonly snippetId?: string | null;
  readonly endpointId?: string | null;
  readonly connectorId?: string | null;
  readonly params?: unknown;
}

/** What the blocks with a connector did. */
export interface QlikMetrics {
  readonly blocks?: readonly QlikBlock[] | null;
  readonly network?: QlikNetwork | null;
  readonly totalApiCalls?: Digits | null;
}

/** A run of an automation: the same in every envelope. */
export interface QlikRun {
  readonly id?: string | null;
  readonly title?: string | null;
  readonly status?: string | null;
  readonly context?: string | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
  readonly scheduledStartTime?: string | null;
  readonly startTime?: string | null;
  readonly stopTime?: string | null;
  readonly executedById?: string | null;
  readonly ownerId?: string | null;
  /** Empty where the run is in no space. */
  readonly spaceId?: string | null;
  readonly testRun?: boolean | null;
  /** The older spelling of `testRun`. */
  readonly isTestRun?: boolean | null;
  readonly archived?: boolean | null;
  /** The older spelling of `archived`. */
  readonly isArchived?: boolean | null;
  readonly billable?: boolean | null;
  readonly totalApiCalls?: Digits | null;
  readonly network?: QlikNetwork | null;
  readonly blocks?: readonly QlikBlock[] | null;
  readonly metrics?: QlikMetrics | null;
  readonly automation?: unknown;
}

/** The event as webhooks deliver it: a CloudEvent. */
export interface QlikEvent {
  readonly id: string;
  readonly source: string;
  readonly specversion: string;
  readonly type: string;
  readonly tenantid: string;
  readonly time?: string | null;
  readonly datacontenttype?: string | null;
  readonly userid?: string | null;
  readonly ownerid?: string | null;
  readonly spaceid?: string | null;
  readonly toplevelresourceid?: string | null;
  readonly data?: QlikRun | null;
  /** In its stead, in the binary form of CloudEvents. */
  readonly data_base64?: string | null;
  readonly jobtrail?: Mark;
}

/** The event as webhooks delivered it from November 2025 to October 2026: both envelopes in one object. */
export interface QlikHybridEvent extends QlikEvent {
  readonly eventType: string;
  readonly cloudEventsVersion?: string | null;
  readonly contentType?: string | null;
  readonly eventId?: string | null;
  readonly eventTime?: string | null;
  readonly eventTypeVersion?: string | null;
  readonly extensions?: unknown;
}

/** Whose event it is, in the older envelopes. */
export interface QlikExtensions {
  readonly tenantId?: string | null;
  readonly userId?: string | null;
  readonly ownerId?: string | null;
  readonly spaceId?: string | null;
  readonly topLevelResourceId?: string | null;
}

/** The event as webhooks delivered it before November 2025. */
export interface QlikLegacyEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly cloudEventsVersion?: string | null;
  readonly source?: string | null;
  readonly contentType?: string | null;
  readonly eventTime?: string | null;
  readonly eventTypeVersion?: string | null;
  readonly extensions?: QlikExtensions | null;
  readonly data?: QlikRun | null;
  readonly jobtrail?: Mark;
}

/** An item of an answer of the audits interface. */
export interface QlikAudit {
  readonly id: string;
  readonly eventType: string;
  readonly eventId?: string | null;
  readonly eventTime?: string | null;
  readonly eventTypeVersion?: string | null;
  readonly contentType?: string | null;
  readonly source?: string | null;
  readonly tenantId?: string | null;
  readonly userId?: string | null;
  readonly extensions?: (Omit<QlikExtensions, "tenantId" | "userId"> & QlikAuditExtensions) | null;
  readonly data?: QlikRun | null;
  readonly links?: unknown;
  readonly jobtrail?: Mark;
}

/** What the audits interface adds to the extensions. */
export interface QlikAuditExtensions {
  readonly actor?: unknown;
  readonly updates?: unknown;
}

/** A record of Qlik Cloud that a run of an automation has ended. */
export type QlikRecord = QlikEvent | QlikHybridEvent | QlikLegacyEvent | QlikAudit;
