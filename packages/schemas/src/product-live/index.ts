import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Form } from "../form.ts";
import { isList, isObject } from "../json.ts";
import type { Json, JsonObject } from "../json.ts";
import { timeIn } from "../moment.ts";
import { unpack } from "../pack.ts";
import { schemaOf } from "../schema.ts";
import type { Schema } from "../schema.ts";
import type { EventBuilder } from "../builder.ts";
import { derived } from "./derive.ts";
import { auditFields, executionFields, rowFields } from "./field.ts";
import type {
  ProductLiveAudit,
  ProductLiveEnded,
  ProductLiveExecution,
  ProductLiveQueued,
  ProductLiveRecord,
  ProductLiveRow,
} from "./record.ts";
import { auditShape, executionShape, kinds, rowShape } from "./shape.ts";
import type { Kind } from "./shape.ts";
import { readEnded, readExecution, readQueued } from "./read.ts";

const titles: Readonly<Record<Kind, string>> = {
  user: "a user's job was queued",
  system: "a system job was queued",
  end: "a job has ended",
};

const typesOf = (kind: Kind): readonly string[] => kinds[kind].types;

const allTypes = [...typesOf("user"), ...typesOf("end")];

/** Which kind a record is, by its type and its details; a type that no document lists counts as the first. */
const isKind = (kind: Kind, type: Json | undefined, details: Json | undefined): boolean => {
  const isEnd = typeof type === "string" && typesOf("end").includes(type);
  const isSystem = isObject(details) && details["jobType"] === "SYSTEM";
  return kind === (isEnd ? "end" : isSystem ? "system" : "user");
};

type Details = ProductLiveQueued | ProductLiveEnded;

const readDetails = (kind: Kind, details: Details, builder: EventBuilder, generated: HrTime | undefined): JobEvent[] =>
  kind === "end" ? readEnded(details as ProductLiveEnded, builder, generated) : readQueued(details, builder, generated);

const generatedAt = (row: ProductLiveRow): HrTime | undefined =>
  timeIn(row["TimeGenerated [UTC]"]) ?? timeIn(row.TimeGenerated);

const detailsOf = ({ Details: details }: ProductLiveRow): Details => details as Details;

const rowForm = (kind: Kind): Form<ProductLiveRow> => ({
  name: `row/${kind}`,
  title: `A row of Log Analytics: ${titles[kind]}`,
  shape: rowShape(kinds[kind], false),
  fields: rowFields(kind, allTypes),
  is: (record) => !isPacked(record) && isKind(kind, record["PlType"], record["Details"]),
  idOf: (row) => detailsOf(row).jobInstanceId,
  read: (row, builder) => readDetails(kind, detailsOf(row), builder, generatedAt(row)),
});

const isPacked = (record: JsonObject): boolean => typeof record["Details"] === "string";

const csvForm = (kind: Kind): Form<ProductLiveRow> => ({
  ...rowForm(kind),
  name: `csv/${kind}`,
  title: `A row of the portal's CSV: ${titles[kind]}`,
  shape: rowShape(kinds[kind], true),
  packed: "Details",
  is: (record) => isPacked(record) && isKind(kind, record["PlType"], detailsIn(record)),
});

function detailsIn(record: JsonObject): Json | undefined {
  const looked = unpack({ value: record, plain: undefined }, "Details");
  return isRefusal(looked) ? undefined : (looked.value as JsonObject)["Details"];
}

const auditForm = (kind: Kind): Form<ProductLiveAudit> => ({
  name: `audit/${kind}`,
  title: `An audit log of the REST interface: ${titles[kind]}`,
  shape: auditShape(kinds[kind]),
  fields: auditFields(kind, allTypes),
  is: (record) => "details" in record && isKind(kind, record["type"], record["details"]),
  idOf: ({ details }) => details.jobInstanceId,
  read: ({ details, timeGenerated }, builder) => readDetails(kind, details, builder, timeIn(timeGenerated)),
});

const executionForm: Form<ProductLiveExecution> = {
  name: "execution",
  title: "A job execution of the Data Factory's REST interface",
  shape: executionShape,
  fields: executionFields,
  is: (record) => record["object"] === "job_execution",
  idOf: ({ id }) => id,
  read: (execution, builder) => readExecution(execution, builder),
};

/** What is audited besides jobs: `item.create`, `user.login`, `account.update_account_plan`. */
const isOther = (record: JsonObject): boolean => {
  const type = record["PlType"] ?? (record["object"] === "audit_log" ? record["type"] : undefined);
  return typeof type === "string" && /^(?!job\.)[a-z_]+\.[a-z_]+$/.test(type);
};

/** Product-Live's audit logs of jobs, in each of their envelopes, and its job executions. */
export const productLive: Schema<ProductLiveRecord> = schemaOf<ProductLiveRecord>({
  name: "product-live",
  title: "Product-Live audit logs, jobs",
  version: "2",
  source: { title: "Product-Live knowledge base, Traceability, Audit Logs, Jobs" },
  system: "product-live",
  forms: [
    executionForm,
    auditForm("user"),
    auditForm("system"),
    auditForm("end"),
    csvForm("user"),
    csvForm("system"),
    csvForm("end"),
    rowForm("system"),
    rowForm("end"),
    rowForm("user"),
  ],
  list: (answer) =>
    isList(answer)
      ? answer
      : isObject(answer) && answer["object"] === "list" && isList(answer["data"])
        ? answer["data"]
        : undefined,
  isOther,
  derive: derived,
});
