import { qlik } from "../../../packages/schemas/src/index.ts";
import { contexts, meanings, statuses, triggers } from "../../../packages/schemas/src/qlik/word.ts";
import { checkedList } from "./check.ts";
import { hidden, opened, quote, refuse } from "./json.ts";
import { at, attribute, concat, isOneOf, isSaid, matches, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import type { Outline } from "./processor.ts";
import { form, parsed, raw, top } from "./table.ts";
import { between, time, timeOf } from "./time.ts";
import { anomaly, meant, unlisted } from "./word.ts";

const has = (key: string): string => `${raw(top, key)} != nil`;
const isNewer = `(${has("specversion")} or ${has("type")})`;
const isOlder = `(${has("eventType")} or ${has("cloudEventsVersion")})`;

const formed: readonly Statement[] = [
  set(form, text("event")),
  set(form, text("hybrid"), `${isOlder} and ${isNewer}`),
  set(
    form,
    text("legacy"),
    `${isOlder} and not ${isNewer} and ${raw(top, "id")} == nil and ${raw(top, "tenantId")} == nil`,
  ),
  set(form, text("audit"), `${isOlder} and not ${isNewer} and (${has("id")} or ${has("tenantId")})`),
];

const required: Readonly<Record<string, readonly string[]>> = {
  event: ["id", "source", "specversion", "type", "tenantid"],
  hybrid: ["id", "source", "specversion", "type", "tenantid", "eventType"],
  legacy: ["eventType", "eventId"],
  audit: ["eventType", "id"],
};

const isEnded = `^${quote}[^${quote}]+\\.run\\.ended${quote}$`;
const isOfQlik = `^${quote}com\\.qlik\\.(?:[^${quote}]+\\.)?run\\.ended${quote}$`;

const typed: readonly Statement[] = [
  ...["type", "eventType"].map((key) =>
    refuse(`${key} does not end in .run.ended`, `${has(key)} and not ${matches(raw(top, key), isEnded)}`),
  ),
  refuse("it is not of Qlik's own", `${has("type")} and not ${matches(raw(top, "type"), isOfQlik)}`),
  refuse(
    "it is not of Qlik's own",
    `${raw(top, "type")} == nil and ${has("eventType")} and not ${matches(raw(top, "eventType"), isOfQlik)}`,
  ),
  refuse("it tells of another system's job", has("jobtrail")),
  ...Object.entries(required).flatMap(([name, keys]) =>
    when(
      `${form} == ${text(name)}`,
      keys.map((key) =>
        refuse(`it has no ${key}`, `${raw(top, key)} == nil or ${isOneOf(raw(top, key), ["null", quote + quote])}`),
      ),
    ),
  ),
];

const blocks = [
  [quote, ["type", "blockName", "snippetId", "endpointId", "connectorId"]],
  ["-0-9", ["duration", "rxBytes", "txBytes", "apiCalls"]],
] as const;

const shaped: readonly Statement[] = [
  ...opened(raw(top, "extensions"), "extensions"),
  ...opened(raw(top, "data"), "data"),
  ...opened(raw("data", "metrics"), "data.metrics"),
  ...opened(raw("data", "network"), "data.network"),
  ...hidden(raw("data", "blocks"), "params"),
  ...checkedList("data", "blocks", blocks),
  ...checkedList("data.metrics", "blocks", blocks),
  refuse(
    "not of the documented type: network",
    `${raw("data", "network")} != nil and not ${matches(raw("data", "network"), "^[{n]")}`,
  ),
  refuse(
    "not of the documented type: network",
    `${raw("data.metrics", "network")} != nil and not ${matches(raw("data.metrics", "network"), "^[{n]")}`,
  ),
];

const run = (key: string): string => at("run", key);
const status = run("status");
const context = run("context");

const disagreement = (newer: string, older: string): Statement =>
  anomaly(
    `IsBool(${run(newer)}) and IsBool(${run(older)}) and ${run(newer)} != ${run(older)}`,
    text(`${newer} and ${older} disagree`),
  );

const meaning: readonly Statement[] = [
  set(at("run"), "{}"),
  set(at("run"), parsed(top, "data"), `IsMap(${parsed(top, "data")})`),
  ...time("queued", run("createdAt")),
  ...time("started", run("startTime")),
  ...time("nominal", run("scheduledStartTime")),
  ...time("ended", run("stopTime")),
  ...time("ended", parsed(top, "time"), `${timeOf("ended")} == nil and ${raw(top, "specversion")} != nil`),
  ...time("ended", parsed(top, "eventTime"), `${timeOf("ended")} == nil and ${form} != "event"`),
  ...between("wait", "queued", "started"),
  ...between("duration", "started", "ended"),
  ...between("lateness", "nominal", "started"),
  ...meant(status, meanings),
  set(at("event"), text("job.run.ended"), `not (${isSaid(status)})`),
  set(at("error"), text("_OTHER"), `${at("result")} == "failure"`),
  set(at("error"), text("limit_exceeded"), `${at("result")} == "error"`),
  anomaly(`${at("wait")} != nil and ${at("wait")} < 0.0`, text("it started before it was queued")),
  anomaly(`${at("duration")} != nil and ${at("duration")} < 0.0`, text("it ended before it started")),
  ...unlisted("status", raw("data", "status"), statuses, `${isSaid(status)} and not ${isOneOf(status, statuses)}`),
  anomaly(
    `${at("event")} != "job.run.ended" and ${isOneOf(status, statuses)}`,
    text('status is "'),
    status,
    text('", which is no end, though the event says that the run has ended'),
  ),
  ...unlisted("context", raw("data", "context"), contexts, `${isSaid(context)} and not ${isOneOf(context, contexts)}`),
  disagreement("testRun", "isTestRun"),
  disagreement("archived", "isArchived"),
];

const triggerWords = [...Map.groupBy(Object.entries(triggers), ([, trigger]) => trigger)];
const trigger = attribute("job.trigger.type");
const test = attribute("job.test");

const derived: readonly Statement[] = [
  set(trigger, text("unknown"), isSaid(context)),
  set(trigger, text("cron"), isSaid(run("scheduledStartTime"))),
  ...triggerWords.map(([value, words]) =>
    set(
      trigger,
      text(value),
      isOneOf(
        context,
        words.map(([word]) => word),
      ),
    ),
  ),
  set(test, "true", `${context} == "test_run"`),
  set(test, run("isTestRun"), `IsBool(${run("isTestRun")})`),
  set(test, run("testRun"), `IsBool(${run("testRun")})`),
  set(attribute("job.actor.type"), text("user"), isSaid(run("executedById"))),
  set(attribute("job.scope.type"), text("space"), isSaid(run("spaceId"))),
  set(attribute("job.schedule.lateness"), at("lateness"), `${at("lateness")} != nil and ${at("lateness")} >= 0.0`),
];

/** A run without an id is told by one event, whose id stands for it. */
const id: readonly Statement[] = [
  set(at("event id"), parsed(top, "id")),
  set(
    at("event id"),
    parsed(top, "eventId"),
    `${isOneOf(form, ["legacy", "audit"])} and ${isSaid(parsed(top, "eventId"))}`,
  ),
  set(at("id"), concat(text("event "), at("event id"))),
  set(at("id"), run("id"), isSaid(run("id"))),
];

/** Qlik's event that a run of an automation has ended. */
export const qlikOutline: Outline = {
  schema: "qlik",
  forms: qlik.forms,
  own: "qlik",
  hidden: ["params"],
  secrets: ["params"],
  form: () => [...formed, ...typed, ...shaped],
  id,
  meaning,
  derived,
};
