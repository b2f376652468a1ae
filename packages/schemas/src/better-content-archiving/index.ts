import type { Form } from "../form.ts";
import { isList } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { timeIn } from "../moment.ts";
import { schemaOf } from "../schema.ts";
import type { Reading, Schema } from "../schema.ts";
import { visible } from "../visible.ts";
import { derived } from "./derive.ts";
import { exactFields, pageFields } from "./field.ts";
import { parsePages } from "./page.ts";
import type { BcaExecution, BcaRecord } from "./record.ts";
import { exactShape, pageShape } from "./shape.ts";
import { readExact, readPage } from "./read.ts";
import { metrics } from "./word.ts";

/** What the shape of times lets through, without the shape: it is asked of each record several times. */
const isExactTime = (value: unknown): boolean =>
  typeof value !== "string" || value === "" || (value === visible(value).trim() && timeIn(value) !== undefined);

const counts = metrics.map(([label]) => label);

/** Whether all times name their zone and no metric is a text. */
const isExact = (record: JsonObject): boolean =>
  counts.every((label) => typeof record[label] !== "string") &&
  isExactTime(record["Started"]) &&
  isExactTime(record["Ended"]);

const pageForm: Form<BcaExecution> = {
  name: "page",
  title: "An execution as its detail page shows it",
  shape: pageShape,
  fields: pageFields,
  is: (record) => !isExact(record),
  idOf: (record) => record["Job execution ID"],
  read: readPage,
};

const exactForm: Form<BcaExecution> = {
  name: "exact",
  title: "An execution whose times name their zone and whose metrics are numbers",
  shape: exactShape,
  fields: exactFields,
  is: isExact,
  idOf: (record) => record["Job execution ID"],
  read: readExact,
};

/** Who gives a page says how its times are to be read, where the record does not say so itself. */
function stated(record: JsonObject, { dateFormat, timeZone }: Reading): JsonObject {
  if (dateFormat === undefined && timeZone === undefined) return record;
  const hasOthers = !isExactTime(record["Started"]) || !isExactTime(record["Ended"]);
  if (!hasOthers) return record;
  return {
    ...record,
    ...(dateFormat !== undefined && record["Date format"] === undefined && { "Date format": dateFormat }),
    ...(timeZone !== undefined && record["Time zone"] === undefined && { "Time zone": timeZone }),
  };
}

/**
 * Better Content Archiving's job audit log. Its makers document the labels of a page, and no file: the text of the
 * page, JSON and the rows of a CSV file are read by these labels.
 */
export const betterContentArchiving: Schema<BcaRecord> = schemaOf<BcaRecord>({
  name: "better-content-archiving",
  title: "Better Content Archiving job audit log",
  version: "Cloud",
  source: { title: "Better Content Archiving for Confluence documentation, Job audit log" },
  system: "better-content-archiving",
  forms: [exactForm, pageForm],
  text: parsePages,
  stated,
  list: (answer) => (isList(answer) ? answer : undefined),
  derive: derived,
});
