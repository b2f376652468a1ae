import { field } from "../field.ts";
import type { Field } from "../field.ts";
import { contexts, statuses } from "./word.ts";

const required = { required: true } as const;
const personal = { sensitivity: "personal" } as const;
const bytes = { unit: "By" } as const;

const ended = "What has happened; ends in .run.ended.";

/** A list of blocks is one value; what is within says what it is made of. */
const blocksAt = (at: string, attribute: Field["attribute"], brief: string, types: readonly string[]): Field[] => [
  field(at, "json", attribute, brief),
  field(`${at}[].type`, "text", attribute, "What kind of block it is.", { values: types }),
  field(`${at}[].rxBytes`, "number", attribute, "Received by the block.", bytes),
  field(`${at}[].txBytes`, "number", attribute, "Sent by the block.", bytes),
  field(`${at}[].apiCalls`, "number", attribute, "The block's calls to other systems."),
  field(`${at}[].snippetId`, "text", attribute, "The snippet that the block ran."),
  field(`${at}[].endpointId`, "text", attribute, "The endpoint that the block called."),
  field(`${at}[].connectorId`, "text", attribute, "The connector that the block used."),
];

const flags = [
  field("data.isTestRun", "boolean", "qlik.is_test_run", "The older spelling of testRun."),
  field("data.isArchived", "boolean", "qlik.is_archived", "The older spelling of archived."),
] as const;

const newFlags = [
  field("data.testRun", "boolean", "qlik.test_run", "Whether the run only tried the automation out."),
  field("data.archived", "boolean", "qlik.archived", "Whether the run was put away."),
] as const;

const network = [
  field("data.network.rxBytes", "number", "job.counter.received_bytes", "Received by all blocks.", bytes),
  field("data.network.txBytes", "number", "job.counter.sent_bytes", "Sent by all blocks.", bytes),
] as const;

const networkWhole = [
  field("data.network", "json", "qlik.network", "Bytes over the network."),
  field("data.network.rxBytes", "number", "qlik.network", "Received by all blocks.", bytes),
  field("data.network.txBytes", "number", "qlik.network", "Sent by all blocks.", bytes),
] as const;

const run: readonly Field[] = [
  field("data.id", "text", "job.id", "Stands for the run."),
  field("data.title", "text", "job.name", "The run's title."),
  field("data.status", "text", "job.status.native", "How it ended.", { values: statuses }),
  field("data.context", "text", "qlik.context", "What made it run.", { values: contexts }),
  field("data.createdAt", "time", "job.created_at", "When it was made."),
  field("data.updatedAt", "time", "qlik.updated_at", "When it was last changed."),
  field("data.scheduledStartTime", "time", "job.schedule.nominal_time", "When it was meant to start."),
  field("data.startTime", "time", "job.run.started_at", "When it started."),
  field("data.stopTime", "time", "job.run.ended_at", "When it ended."),
  field("data.executedById", "text", "job.actor.id", "Who ran it.", personal),
  field("data.ownerId", "text", "qlik.run_owner_id", "Whose run it is.", personal),
  field("data.spaceId", "text", "job.scope.id", "The run's space; empty where it is in none."),
  field("data.billable", "boolean", "qlik.billable", "Whether it used connectors that are paid for."),
  field("data.totalApiCalls", "number", "job.counter.api_calls", "Calls of all blocks to other systems."),
  ...blocksAt("data.blocks", "qlik.blocks", "The blocks that it executed.", [
    "snippetBlock",
    "endpointBlock",
    "baseBlock",
  ]),
  field("data.blocks[].blockName", "text", "qlik.blocks", "The name of a base block."),
  field("data.blocks[].duration", "number", "qlik.blocks", "How long it took; no document states the unit."),
  field("data.blocks[].params", "json", "qlik.blocks", "What a base block was given.", { sensitivity: "secret" }),
  ...blocksAt("data.metrics.blocks", "qlik.metrics.blocks", "The blocks among them that used a connector.", [
    "snippetBlock",
    "endpointBlock",
  ]),
  field("data.metrics.network", "json", "qlik.metrics.network", "Their bytes over the network."),
  field("data.metrics.network.rxBytes", "number", "qlik.metrics.network", "Received by them.", bytes),
  field("data.metrics.network.txBytes", "number", "qlik.metrics.network", "Sent by them.", bytes),
  field("data.metrics.totalApiCalls", "number", "qlik.metrics.total_api_calls", "Their calls to other systems."),
  field("data.automation", "json", "qlik.automation", "No document says what stands here.", personal),
];

const cloudEvent: readonly Field[] = [
  field("id", "text", "qlik.event.id", "Stands for the event.", required),
  field("source", "text", "qlik.event.source", "Where the event comes from.", required),
  field("specversion", "text", "qlik.event.specversion", "The version of CloudEvents.", {
    ...required,
    values: ["1.0.2"],
  }),
  field("type", "text", "qlik.event.type", ended, required),
  field("tenantid", "text", "job.tenant.id", "The tenant.", required),
  field("time", "time", "qlik.event.time", "When it happened."),
  field("datacontenttype", "text", "qlik.event.content_type", "The media type of the data."),
  field("userid", "text", "qlik.user_id", "The user who caused the event.", personal),
  field("ownerid", "text", "qlik.owner_id", "Whose automation it is.", personal),
  field("spaceid", "text", "qlik.space_id", "The automation's space."),
  field("toplevelresourceid", "text", "job.definition.id", "The automation."),
  field("data_base64", "text", "qlik.event.data_base64", "The run as bytes, which is not read.", {
    sensitivity: "secret",
  }),
];

/** The rows of a CloudEvent. */
export const eventFields: readonly Field[] = [...cloudEvent, ...run, ...network, ...newFlags, ...flags];

/** The rows of both envelopes in one: what the newer one says goes first. */
export const hybridFields: readonly Field[] = [
  ...cloudEvent,
  field("eventType", "text", "qlik.older.event_type", ended, required),
  field("eventId", "text", "qlik.older.event_id", "Stands for the event."),
  field("eventTime", "time", "qlik.older.event_time", "When it happened."),
  field("eventTypeVersion", "text", "qlik.older.event_type_version", "The version of the event's type."),
  field("cloudEventsVersion", "text", "qlik.older.cloud_events_version", "The version of the older envelope."),
  field("contentType", "text", "qlik.older.content_type", "The media type of the data."),
  field("extensions", "json", "qlik.older.extensions", "Whose event it is.", personal),
  ...run,
  ...networkWhole,
  ...flags,
];

const older: readonly Field[] = [
  field("eventType", "text", "qlik.event.type", ended, required),
  field("eventTime", "time", "qlik.event.time", "When it happened."),
  field("eventTypeVersion", "text", "qlik.event.type_version", "The version of the event's type."),
  field("contentType", "text", "qlik.event.content_type", "The media type of the data."),
  field("source", "text", "qlik.event.source", "Where the event comes from."),
  field("extensions.ownerId", "text", "qlik.owner_id", "Whose automation it is.", personal),
  field("extensions.spaceId", "text", "qlik.space_id", "The automation's space."),
  field("extensions.topLevelResourceId", "text", "job.definition.id", "The automation."),
];

/** The rows of the older webhook envelope. */
export const legacyFields: readonly Field[] = [
  field("eventId", "text", "qlik.event.id", "Stands for the event.", required),
  field("cloudEventsVersion", "text", "qlik.event.specversion", "The version of CloudEvents."),
  field("extensions.tenantId", "text", "job.tenant.id", "The tenant."),
  field("extensions.userId", "text", "qlik.user_id", "The user who caused the event.", personal),
  ...older,
  ...run,
  ...network,
  ...newFlags,
  ...flags,
];

/** The rows of an item of the audits interface. */
export const auditFields: readonly Field[] = [
  field("id", "text", "qlik.audit.id", "Stands for the item.", required),
  field("eventId", "text", "qlik.event.id", "Stands for the event."),
  field("tenantId", "text", "job.tenant.id", "The tenant."),
  field("userId", "text", "qlik.user_id", "The user who caused the event.", personal),
  ...older,
  field("extensions.actor", "json", "qlik.audit.actor", "Who caused the event.", personal),
  field("extensions.updates", "json", "qlik.audit.updates", "What the event changed.", personal),
  field("links", "json", "qlik.audit.links", "Where more is to be found."),
  ...run,
  ...network,
  ...newFlags,
  ...flags,
];
