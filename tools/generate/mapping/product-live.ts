import { productLive } from "../../../packages/schemas/src/index.ts";
import type { Field } from "../../../packages/schemas/src/index.ts";
import { kinds } from "../../../packages/schemas/src/product-live/shape.ts";
import { endWords, meanings, triggers } from "../../../packages/schemas/src/product-live/word.ts";
import { checkedList } from "./check.ts";
import { canonical, object, objectOf, opened, orderly, quote, refuse, restored } from "./json.ts";
import { at, attribute, concat, isOneOf, isSaid, matches, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import type { Outline } from "./processor.ts";
import { othersOf, restOf } from "./rest.ts";
import { form, onForms, parsed, raw, top } from "./table.ts";
import type { Table } from "./table.ts";
import { between, time, timeOf } from "./time.ts";
import { anomaly, meant, unlisted } from "./word.ts";

const details = raw(top, "Details");
const of = (key: string): string => raw("Details", key);
const said = (key: string): string => parsed("Details", key);
const type = raw(top, "PlType");
const isCsv = matches(form, "^csv/");
const isEnd = matches(form, "/end$");
const listed = (words: readonly string[]): readonly string[] => words.map((word) => quote + word + quote);

/** In the portal's CSV the details are JSON text; what its layout is, and its text as a member, is kept. */
const unpacked: readonly Statement[] = when(
  `${at("parsed", "Details")} != nil and IsString(${at("parsed", "Details")})`,
  [
    set(at("layout"), at("parsed", "Details")),
    set(at("packed"), details),
    set(at("details"), at("layout")),
    ...canonical("details"),
    ...orderly(at("details"), []),
    refuse("Details is not the JSON text of an object", `not ${matches(at("details"), `^${object}$`)}`),
    set(details, at("details")),
  ],
);

const reread: readonly Statement[] = when(`${at("layout")} != nil`, [
  set(at("text"), at("details")),
  ...restored(at("text")),
  set(at("parsed", "Details"), `ParseJSON(${at("text")})`),
]);

const formed: readonly Statement[] = [
  refuse(
    `PlType is none of ${[...kinds.user.types, ...kinds.end.types].join(", ")}`,
    `${type} == nil or not ${isOneOf(type, listed([...kinds.user.types, ...kinds.end.types]))}`,
  ),
  refuse("it tells of another system's job", `${raw(top, "jobtrail")} != nil`),
  ...unpacked,
  ...opened(details, "Details"),
  refuse("Details is no object", `${at("raw", "Details")} == nil`),
  ...reread,
  set(form, text("user")),
  set(form, text("system"), `${of("jobType")} == ${text(`${quote}SYSTEM${quote}`)}`),
  set(form, text("end"), isOneOf(type, listed(kinds.end.types))),
  set(at("envelope"), text("row/")),
  set(at("envelope"), text("csv/"), `${at("layout")} != nil`),
  set(form, concat(at("envelope"), form)),
];

const rules = of("jobPeriodicity");
const mostRules = 5;

const shaped: readonly Statement[] = [
  ...["jobInstanceId", "jobInstanceStatus"].map((key) =>
    refuse(
      `it has no ${key}`,
      `(${key === "jobInstanceId" ? "true" : isEnd}) and (${of(key)} == nil or ${isOneOf(of(key), ["null", quote + quote])})`,
    ),
  ),
  ...when(
    `not ${isEnd}`,
    checkedList("Details", "jobPeriodicity", [
      ["tf", ["isEnabled"]],
      [quote, ["cronExpression"]],
    ]),
  ),
  refuse(
    `it has more than ${mostRules} rules`,
    `IsList(${said("jobPeriodicity")}) and Len(${said("jobPeriodicity")}) > ${mostRules}`,
  ),
];

/** Where the details' text is not laid out as it would be written again, the rest has the text, as a list's first item. */
const layout = (table: Table): Statement[] =>
  when(isCsv, [
    set(at("whole"), "{}"),
    ...table.entries
      .filter(({ level }) => level === "Details")
      .flatMap((entry) => onForms(entry, table, [set(at("whole", entry.key), of(entry.key))])),
    ...objectOf(at("again"), at("whole"), othersOf("Details")),
    ...restored(at("again")),
    set(
      othersOf(top),
      concat(othersOf(top), text(`${quote}Details${quote}:[`), at("packed"), text("],")),
      `${at("again")} != ${at("layout")} and ${restOf("Details")} == nil`,
    ),
    set(
      restOf("Details"),
      concat(text("["), at("packed"), text(","), restOf("Details"), text("]")),
      `${at("again")} != ${at("layout")} and ${restOf("Details")} != nil`,
    ),
  ]);

const origin = said("actionOrigin");
const status = said("jobInstanceStatus");
const isKnown = isOneOf(status, Object.keys(meanings));

const meaning: readonly Statement[] = [
  ...when(`not ${isEnd}`, [
    set(at("event"), text("job.queued")),
    set(at("state"), text("waiting")),
    ...unlisted(
      "actionOrigin",
      of("actionOrigin"),
      Object.keys(triggers),
      `${isSaid(origin)} and not ${isOneOf(origin, Object.keys(triggers))}`,
    ),
  ]),
  ...when(isEnd, [
    ...time("started", said("jobInstanceStartAt")),
    ...time("ended", said("jobInstanceEndAt")),
    ...between("duration", "started", "ended"),
    ...meant(status, meanings),
    ...when(`${at("event")} == "job.run.ended" and ${timeOf("started")} == nil`, [
      set(at("without"), text("job.ended")),
      set(at("without"), text("job.removed"), `${at("state")} == "removed"`),
    ]),
    set(at("event"), at("without")),
    set(at("error"), status, `${at("state")} == "failed"`),
    anomaly(`${at("duration")} != nil and ${at("duration")} < 0.0`, text("it ended before it started")),
    ...unlisted("the status", of("jobInstanceStatus"), endWords, `not ${isKnown}`),
  ]),
];

const ruleIndexes = Array.from({ length: mostRules }, (_, i) => i);
const isOne = `${rules} != nil and ${rules} != "null" and Len(Split(${rules}, ${text(`${quote}isEnabled${quote}:true`)})) == 2`;

const derived: readonly Statement[] = [
  set(attribute("job.actor.type"), text("user"), isSaid(said("userId"))),
  set(attribute("job.scope.type"), text("account"), isSaid(said("jobOwnerAccountId"))),
  ...when(`not ${isEnd}`, [
    set(attribute("job.trigger.type"), text("unknown"), isSaid(origin)),
    ...[...Map.groupBy(Object.entries(triggers), ([, trigger]) => trigger)].map(([value, words]) =>
      set(
        attribute("job.trigger.type"),
        text(value),
        isOneOf(
          origin,
          words.map(([word]) => word),
        ),
      ),
    ),
    ...when(isOne, [
      ...ruleIndexes.map((i) =>
        set(
          at("cron"),
          `${said("jobPeriodicity")}[${i}]["cronExpression"]`,
          `Len(${said("jobPeriodicity")}) > ${i} and ${said("jobPeriodicity")}[${i}]["isEnabled"] == true`,
        ),
      ),
      ...when(matches(at("cron"), "(?s)^.{1,128}$"), [
        set(attribute("job.schedule.expression"), at("cron")),
        set(attribute("job.schedule.timezone"), text("UTC")),
      ]),
    ]),
  ]),
];

/** In the portal's CSV the times of ingestion are what the portal makes of them. */
const loose = (each: Field): Field => (each.name.startsWith("TimeGenerated") ? { ...each, type: "text" } : each);

const forms = productLive.forms
  .filter(({ name }) => /^(?:row|csv)\//.test(name))
  .map((each) => (each.packed === undefined ? each : { ...each, fields: each.fields.map(loose) }));

/** Product-Live's audit logs of jobs, as rows of Log Analytics. */
export const productLiveOutline: Outline = {
  schema: "product-live",
  forms,
  own: "productlive",
  hidden: [],
  secrets: ["input", "output"],
  form: () => [...formed, ...shaped],
  layout,
  id: [set(at("id"), said("jobInstanceId"))],
  meaning,
  derived,
};
