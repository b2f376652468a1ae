import { betterContentArchiving } from "./better-content-archiving/index.ts";
import { devo } from "./devo/index.ts";
import { harperdb } from "./harperdb.ts";
import { productLive } from "./product-live/index.ts";
import { qlik } from "./qlik/index.ts";
import type { Schema } from "./schema.ts";

export { betterContentArchiving } from "./better-content-archiving/index.ts";
export { pageOf } from "./better-content-archiving/page.ts";
export type { BcaExecution, BcaRecord } from "./better-content-archiving/record.ts";
export { isDateFormat, isTimeZone } from "./better-content-archiving/time.ts";
export { devo } from "./devo/index.ts";
export type {
  DevoAnswer,
  DevoEnvelope,
  DevoError,
  DevoExtra,
  DevoFailure,
  DevoJob,
  DevoKeyField,
  DevoLaunch,
  DevoRecord,
} from "./devo/record.ts";
export { harperdb } from "./harperdb.ts";
export type { HarperJob, HarperRecord, HarperStart } from "./harperdb.ts";
export { answerError } from "./answer.ts";
export { eventShape, parseEvent } from "./event.ts";
export type { Field } from "./field.ts";
export type { FieldType } from "./codec.ts";
export type { Form } from "./form.ts";
export { digitsOf, isNumeral, numberOf, parseText as parseJson, textOfDigits } from "./json.ts";
export type { Digits, Json, JsonObject, Numeral } from "./json.ts";
export type { Mark } from "./mark.ts";
export { productLive } from "./product-live/index.ts";
export type {
  ProductLiveAudit,
  ProductLiveContext,
  ProductLiveEnded,
  ProductLiveExecution,
  ProductLiveQueued,
  ProductLiveRecord,
  ProductLiveRow,
  ProductLiveRule,
} from "./product-live/record.ts";
export { qlik } from "./qlik/index.ts";
export type {
  QlikAudit,
  QlikBlock,
  QlikEvent,
  QlikExtensions,
  QlikHybridEvent,
  QlikLegacyEvent,
  QlikMetrics,
  QlikNetwork,
  QlikRecord,
  QlikRun,
} from "./qlik/record.ts";
export { rendererOf } from "./render.ts";
export { schemaOf } from "./schema.ts";
export type { Identity, Reading, Schema, Source } from "./schema.ts";

/** The schemas, by their names. */
export const schemas: Readonly<Record<string, Schema<object>>> = {
  "better-content-archiving": betterContentArchiving,
  devo,
  harperdb,
  "product-live": productLive,
  qlik,
};
