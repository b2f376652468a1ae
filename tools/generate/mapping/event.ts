import { events } from "../../../packages/conventions/src/index.ts";
import type { EventName } from "../../../packages/conventions/src/index.ts";
import { at, attribute, concat, cut, isOneOf, matches, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { sentence } from "./sentence.ts";
import { form } from "./table.ts";
import { timeOf } from "./time.ts";

const longestAnomaly = 512;

const isRun = matches(at("event"), String.raw`^job\.run\.`);
const isEnd = `${at("event")} == "job.run.ended"`;

/** Writes the event that stands for the record. What the system's words and times mean is known by now. */
export const told = (schema: string, derived: readonly Statement[]): Statement[] => [
  set("log.attributes", at("values")),
  set(attribute("job.system.name"), text(schema)),
  set(attribute("job.uid"), at("uid")),
  set(attribute("job.record.source"), text("import")),
  ...when(isRun, [
    set(attribute("job.run.uid"), concat(at("uid"), text("-1"))),
    set(attribute("job.run.number"), "1"),
    set(attribute("job.run.wait"), at("wait"), `${at("wait")} != nil and ${at("wait")} >= 0.0`),
  ]),
  ...when(isEnd, [
    set(attribute("job.run.final"), "true"),
    set(attribute("job.run.duration"), at("duration"), `${at("duration")} != nil and ${at("duration")} >= 0.0`),
  ]),
  set(attribute("job.state"), at("state")),
  set(attribute("job.run.result"), at("result")),
  set(attribute("job.run.warnings"), `[${at("warning")}]`, `${at("warning")} != nil`),
  ...derived,
  set(attribute("job.record.schema"), text(schema)),
  set(attribute("job.record.form"), form),
  set(attribute("job.record.rest"), at("rest", "record")),
  set(attribute("job.record.anomaly"), `TrimPrefix(${at("anomaly")}, "; ")`, `${at("anomaly")} != ""`),
  ...cut(attribute("job.record.anomaly"), longestAnomaly),
  set(attribute("log.record.uid"), at("record")),
  set(attribute("error.type"), at("error")),
  set("log.event_name", at("event")),
  ...happened,
  ...severe,
  ...sentence(at("event")),
];

const happened: readonly Statement[] = [
  set("log.time_unix_nano", "0"),
  ...[
    ["job.queued", "queued"],
    ["job.run.started", "started"],
    ["job.run.ended", "ended"],
    ["job.ended", "ended"],
    ["job.removed", "ended"],
  ].map(([event = "", name = ""]) =>
    set("log.time_unix_nano", timeOf(name), `log.event_name == ${text(event)} and ${timeOf(name)} != nil`),
  ),
];

const failed = isOneOf(at("result"), ["failure", "error", "timeout"]);

/** The severity of an event that says no more than its name does. */
export const severityOf = (event: EventName): Statement[] => [
  set("log.severity_text", '""'),
  set("log.severity_number", String(events[event].severity)),
];

const severe: readonly Statement[] = [
  ...(
    ["job.queued", "job.run.started", "job.run.progress", "job.run.ended", "job.ended", "job.removed"] as const
  ).flatMap((event) => when(`log.event_name == ${text(event)}`, severityOf(event))),
  set("log.severity_number", "17", `${isEnd} and ${failed}`),
  set("log.severity_number", "17", `log.event_name == "job.ended" and (${failed} or ${at("state")} == "failed")`),
];
