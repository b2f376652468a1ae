import { checked } from "./check.ts";
import { told } from "./event.ts";
import { identified } from "./identity.ts";
import { canonical, fine, object, opened, orderly, refuse, restored } from "./json.ts";
import { at, matches, set } from "./ottl.ts";
import type { Section, Statement } from "./ottl.ts";
import { refused } from "./refused.ts";
import { others, rested, restText } from "./rest.ts";
import { tableOf, top } from "./table.ts";
import type { Listed, Table } from "./table.ts";
import { fitted, said, taken } from "./take.ts";

/** What is particular to a schema's mapping. */
export interface Outline {
  readonly schema: string;
  readonly forms: readonly Listed[];
  /** What the system's own attributes begin with. */
  readonly own: string;
  /** Names of members that are hidden in records that are read. */
  readonly hidden: readonly string[];
  /** Names of members that may be secret in records that are not. */
  readonly secrets: readonly string[];
  /** Finds the form, opens the objects of the record but the record itself, and refuses what has not its shape. */
  readonly form: (table: Table) => readonly Statement[];
  /** What is done besides, once it is known what is left of an object. */
  readonly layout?: (table: Table) => readonly Statement[];
  /** Finds the job's id. */
  readonly id: readonly Statement[];
  /** What the record's words and times mean: `event`, `state`, `result`, `times`, `wait`, `duration`, `anomaly`, `error`. */
  readonly meaning: readonly Statement[];
  /** Attributes that are derived besides. */
  readonly derived: readonly Statement[];
}

/** The statements by which a log record whose body is a foreign record becomes the event that stands for it. */
export function sectionsOf(outline: Outline): readonly Section[] {
  const { schema, forms, own, secrets } = outline;
  const table = tableOf(forms);
  return [
    { title: "The text, which a receiver may give as bytes, and what it says.", statements: parsedOf(outline) },
    { title: "Which form it has, and whether it has its shape.", statements: fine(outline.form(table)) },
    { title: "Whether its members have the documented types.", statements: fine(checked(table)) },
    { title: "Its fields, by the attributes that hold them.", statements: fine(taken(table)) },
    { title: "What attributes may hold.", statements: fine(fitted(own)) },
    {
      title: "What is left over.",
      statements: fine([...others(table), ...rested(table, outline.layout), ...restText]),
    },
    { title: "What it says as a whole, which makes the record's uid.", statements: fine(said(table)) },
    { title: "What its words and times mean.", statements: fine([set(at("anomaly"), '""'), ...outline.meaning]) },
    { title: "Whose job it is.", statements: fine([...outline.id, ...identified(schema, at("id"))]) },
    { title: "The event.", statements: fine([...told(schema, outline.derived)]) },
    { title: "What is not read passes on, marked and without secrets.", statements: refused(secrets) },
  ];
}

// A statement takes longer the longer the text is, and all records wait for one another.
const mostBytes = 262_144;

const parsedOf = ({ hidden }: Outline): Statement[] => [
  set(at("source"), "log.body", "IsString(log.body)"),
  set(at("source"), "String(log.body)", "IsMap(log.body)"),
  set(at("source"), 'Decode(log.body, "utf-8")', `${at("source")} == nil and log.body != nil`),
  refuse("there is no body", `${at("source")} == nil`),
  refuse(`it has more than ${mostBytes} bytes`, `${at("source")} != nil and Len(${at("source")}) > ${mostBytes}`),
  ...fine([
    set(at("json"), at("source")),
    ...canonical("json"),
    ...orderly(at("json"), hidden),
    refuse("it is no JSON object, or one that is too deep", `not ${matches(at("json"), `^${object}$`)}`),
  ]),
  ...fine([
    set(at("text"), at("json")),
    ...restored(at("text")),
    set(at("parsed"), `ParseJSON(${at("text")})`),
    refuse("it is no JSON", `${at("parsed")} == nil`),
  ]),
  ...fine(opened(at("json"), top)),
];
