import { z } from "zod";
import { markShape } from "../mark.ts";
import { anything, flag, maybe, number, text, time, word } from "../shape.ts";
import type {
  QlikAudit,
  QlikBlock,
  QlikEvent,
  QlikExtensions,
  QlikHybridEvent,
  QlikLegacyEvent,
  QlikMetrics,
  QlikNetwork,
  QlikRun,
} from "./record.ts";

// The first alternative is the documented type; the second takes runs of whatever system.
const type = text.check(z.regex(/^(?:com\.qlik\.v1\.automation|.+)\.run\.ended$/, "a type that ends in .run.ended"));

const network: z.ZodType<QlikNetwork> = z.looseObject({ rxBytes: maybe(number), txBytes: maybe(number) });

const block: z.ZodType<QlikBlock> = z.looseObject({
  type: maybe(text),
  blockName: maybe(text),
  duration: maybe(number),
  rxBytes: maybe(number),
  txBytes: maybe(number),
  apiCalls: maybe(number),
  snippetId: maybe(text),
  endpointId: maybe(text),
  connectorId: maybe(text),
  params: anything.exactOptional(),
});

const blocks = z.array(block);

const metrics: z.ZodType<QlikMetrics> = z.looseObject({
  blocks: maybe(blocks),
  network: maybe(network),
  totalApiCalls: maybe(number),
});

const ofRun = {
  id: maybe(text),
  title: maybe(text),
  status: maybe(text),
  context: maybe(text),
  createdAt: maybe(time),
  updatedAt: maybe(time),
  scheduledStartTime: maybe(time),
  startTime: maybe(time),
  stopTime: maybe(time),
  executedById: maybe(text),
  ownerId: maybe(text),
  spaceId: maybe(text),
  isTestRun: maybe(flag),
  isArchived: maybe(flag),
  billable: maybe(flag),
  totalApiCalls: maybe(number),
  network: maybe(network),
  blocks: maybe(blocks),
  metrics: maybe(metrics),
  automation: anything.exactOptional(),
};

const run: z.ZodType<QlikRun> = z.looseObject({ ...ofRun, testRun: maybe(flag), archived: maybe(flag) });

const ofEvent = {
  id: word,
  source: word,
  specversion: word,
  type,
  tenantid: word,
  time: maybe(time),
  datacontenttype: maybe(text),
  userid: maybe(text),
  ownerid: maybe(text),
  spaceid: maybe(text),
  toplevelresourceid: maybe(text),
  data_base64: maybe(text),
  jobtrail: markShape.exactOptional(),
};

const ofOlder = {
  eventType: type,
  eventTime: maybe(time),
  eventTypeVersion: maybe(text),
  contentType: maybe(text),
  jobtrail: markShape.exactOptional(),
};

const ofExtensions = { ownerId: maybe(text), spaceId: maybe(text), topLevelResourceId: maybe(text) };

const extensions: z.ZodType<QlikExtensions> = z.looseObject({
  tenantId: maybe(text),
  userId: maybe(text),
  ...ofExtensions,
});

/** The shape of a CloudEvent. */
export const eventShape: z.ZodType<QlikEvent> = z.looseObject({ ...ofEvent, data: maybe(run) });

/** The shape of both envelopes in one. The newer spellings came when these were gone. */
export const hybridShape: z.ZodType<QlikHybridEvent> = z.looseObject({
  ...ofEvent,
  ...ofOlder,
  cloudEventsVersion: maybe(text),
  eventId: maybe(text),
  extensions: anything.exactOptional(),
  data: maybe(z.looseObject(ofRun)),
});

/** The shape of the older webhook envelope. */
export const legacyShape: z.ZodType<QlikLegacyEvent> = z.looseObject({
  ...ofOlder,
  eventId: word,
  cloudEventsVersion: maybe(text),
  source: maybe(text),
  extensions: maybe(extensions),
  data: maybe(run),
});

/** The shape of an item of the audits interface. */
export const auditShape: z.ZodType<QlikAudit> = z.looseObject({
  ...ofOlder,
  id: word,
  eventId: maybe(text),
  source: maybe(text),
  tenantId: maybe(text),
  userId: maybe(text),
  extensions: maybe(
    z.looseObject({ ...ofExtensions, actor: anything.exactOptional(), updates: anything.exactOptional() }),
  ),
  data: maybe(run),
  links: anything.exactOptional(),
});
