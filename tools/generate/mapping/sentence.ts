import { at, attribute, concat, cut, isOneOf, matches, replace, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";

const longestName = 100;

const phrases: Readonly<Record<string, string>> = {
  success: "succeeded",
  failure: "failed",
  error: "broke off",
  timeout: "ran out of time",
  cancellation: "was cancelled",
};

const isOver = isOneOf("log.event_name", ["job.run.ended", "job.ended"]);
const duration = attribute("job.run.duration");

/** What the record's body says: one sentence for people. @param event an event's name, as OTTL writes it. */
export const sentence = (event: string): Statement[] => [
  set(at("what"), text("job")),
  set(at("what"), attribute("job.name")),
  set(at("queue"), at("what")),
  set(at("queue"), attribute("job.queue.name")),
  ...["what", "queue"].flatMap((name) => cut(at(name), longestName)),
  set(at("phrase"), '"was queued"', `${event} == "job.queued"`),
  set(at("phrase"), '"started"', `${event} == "job.run.started"`),
  set(at("phrase"), '"is at work"', `${event} == "job.run.progress"`),
  set(at("phrase"), '"was removed"', `${event} == "job.removed"`),
  ...when(isOver, [
    set(at("phrase"), '"ended"'),
    ...Object.entries(phrases).map(([result, phrase]) =>
      set(at("phrase"), text(phrase), `${attribute("job.run.result")} == ${text(result)}`),
    ),
    set(
      at("phrase"),
      concat(at("phrase"), text(" for good")),
      `${attribute("job.run.final")} == true and ${attribute("error.type")} != nil`,
    ),
    ...rounded,
    set(at("phrase"), concat(at("phrase"), text(" after "), at("rounded"), text(" s")), `${duration} != nil`),
    set(at("phrase"), concat(at("phrase"), text(": "), attribute("error.type")), `${attribute("error.type")} != nil`),
  ]),
  set(at("mark"), text("(")),
  set(at("short"), attribute("job.id")),
  ...cut(at("short"), longestName),
  set(at("mark"), concat(at("mark"), text("job "), at("short"), text(", ")), `${at("short")} != nil`),
  set(at("mark"), concat(at("mark"), text("run 1, ")), `${attribute("job.run.number")} != nil`),
  set(at("mark"), concat(at("mark"), `Substring(${attribute("job.uid")}, 0, 8)`, text(")"))),
  set(
    "log.body",
    concat(at("what"), text(" "), at("phrase"), text(" "), at("mark")),
    `${at("what")} == ${at("queue")}`,
  ),
  set(
    "log.body",
    concat(at("what"), text(" in "), at("queue"), text(" "), at("phrase"), text(" "), at("mark")),
    `${at("what")} != ${at("queue")}`,
  ),
];

/** Three digits; where the fourth is a five that nothing follows, JavaScript rounds up and Go to the even one. */
const rounded: readonly Statement[] = when(`${duration} != nil`, [
  set(at("rounded"), `Format("%.20f", [${duration}])`),
  replace(at("rounded"), String.raw`\.`, ""),
  replace(at("rounded"), "^0+", ""),
  set(at("half"), "1.0"),
  set(at("half"), "1.0000001", matches(at("rounded"), String.raw`^\d{3}50*$`)),
  set(at("rounded"), `String(Double(Format("%.3g", [${duration} * ${at("half")}])))`),
]);
