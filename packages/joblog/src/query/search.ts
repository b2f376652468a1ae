import { catalogue } from "../errors.ts";
import { fromIso, toIso } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { fields, isAttribute, isField, results, states } from "./field.ts";
import type { AttributeField, FieldType, JobField } from "./field.ts";
import type { Condition, Cursor, JobQuery, Order, PageRequest, TimeOf, TimeRange } from "./query.ts";

/** A list of jobs, as an address asks for it. */
export interface JobSearch {
  readonly query: JobQuery;
  readonly page: PageRequest;
}

/** A parameter that cannot be used, and why. */
export interface WrongParameter {
  readonly code: "JOBTRAIL_QUERY_INVALID";
  readonly parameter: string;
  readonly allowed: string;
  readonly found: string;
  /** All of it in one sentence. */
  readonly message: string;
}

/** The most jobs of one page. */
export const mostJobs = 500;

/** The longest text that is searched for, in characters. */
const longestText = 200;

/** The most conditions of one query. */
const mostConditions = 50;

/**
 * Reads the parameters of a list of jobs. `queue=mail` is a condition, a second `queue=` an alternative to it;
 * `queue.not`, `name.prefix`, `duration.min` and `duration.below` are the other conditions. An empty parameter is as
 * if it were absent.
 */
export function readSearch(search: URLSearchParams, limit = 50): JobSearch | WrongParameter {
  const where: Condition[] = [];
  const given: Given = {};
  for (const [key, value] of search) {
    if (isPageParameter(key)) {
      if (value === "") continue;
      if (given[key] !== undefined) return wrong(key, "one value", `${given[key]}" and "${value}`);
      given[key] = value;
      continue;
    }
    const condition = conditionIn(key, value);
    if (condition === undefined) continue;
    if (isWrong(condition)) return condition;
    where.push(condition);
    if (where.length > mostConditions) return wrong(key, `at most ${mostConditions} conditions`, value);
  }
  return searchOf(where, given, limit);
}

function searchOf(where: readonly Condition[], given: Given, limit: number): JobSearch | WrongParameter {
  const { text } = given;
  if (text !== undefined && text.length > longestText) return wrong("text", `at most ${longestText} characters`, text);
  const range = rangeIn(given);
  if (range !== undefined && isWrong(range)) return range;
  const page = pageIn(given, limit);
  if (isWrong(page)) return page;
  return { query: { where, ...(range !== undefined && { range }), ...(text !== undefined && { text }) }, page };
}

/** Whether something cannot be used. */
export const isWrong = (value: object): value is WrongParameter => "code" in value;

/** A query as the parameters that `readSearch` reads. */
export function toSearch({ where, range, text }: JobQuery): URLSearchParams {
  const search = new URLSearchParams(where.map(parameterOf));
  if (text !== undefined) search.set("text", text);
  if (range?.from !== undefined) search.set("from", toIso(range.from));
  if (range?.to !== undefined) search.set("to", toIso(range.to));
  if (range !== undefined && range.of !== "queued") search.set("of", range.of);
  return search;
}

/** A condition as a parameter: its key and its value. */
export function parameterOf({ field, op, value }: Condition): [key: string, value: string] {
  const flag = Object.entries(flags).find(([, each]) => each === field)?.[0];
  if (flag !== undefined && value === 1 && (op === ">=" || op === "<")) return [flag, String(op === ">=")];
  return [op === "is" ? field : `${field}.${opNames[op]}`, String(value)];
}

/** A cursor as a parameter says it. */
export const cursorText = ({ first, sequence, uid }: Cursor): string => `${first}.${sequence}.${uid}`;

const opNames = { not: "not", ">=": "min", "<": "below", prefix: "prefix" } as const;

const ops: Readonly<Record<string, Condition["op"]>> = { not: "not", min: ">=", below: "<", prefix: "prefix" };

/** Which conditions the values of a type can be compared by. */
export const opsOf: Readonly<Record<FieldType, readonly string[]>> = {
  text: ["not", "prefix"],
  state: ["not"],
  result: ["not"],
  count: ["not", "min", "below"],
  seconds: ["min", "below"],
  flag: [],
};

/** Counts that are asked for as a yes or no: whether there is any. */
export const flags: Readonly<Record<string, JobField>> = { lost: "lost", retried: "retries" };

const pageParameters = ["text", "from", "to", "of", "order", "before", "after", "limit"] as const;
type Given = Partial<Record<PageParameter, string>>;
type PageParameter = (typeof pageParameters)[number];
const isPageParameter = (key: string): key is PageParameter => (pageParameters as readonly string[]).includes(key);

const names = [...new Set([...Object.keys(fields), ...Object.keys(flags)]), ...pageParameters];

function conditionIn(key: string, value: string): Condition | WrongParameter | undefined {
  const counted = Object.hasOwn(flags, key) ? flags[key] : undefined;
  if (counted !== undefined) return flagIn(key, counted, value);
  if (isAttribute(key)) return attributeIn(key, value);
  const [name = "", opName, ...rest] = key.split(".");
  if (!isField(name) || rest.length > 0) return wrong(key, `one of the parameters ${names.join(", ")}`, value);
  if (value === "") return undefined;
  const type = fields[name];
  if (opName !== undefined && !opsOf[type].includes(opName))
    return wrong(key, opsOf[type].map((op) => `${name}.${op}`).join(", ") || name, value);
  const read = readers[type](value);
  if (read === undefined) return wrong(key, allowed[type], value);
  return { field: name, op: ops[opName ?? ""] ?? "is", value: read };
}

/** The last part of the name says how it is compared, where it can be read so. */
function attributeIn(key: AttributeField, value: string): Condition | WrongParameter | undefined {
  if (value === "") return undefined;
  const [, name = key, opName = ""] = /^(attribute\..+)\.(not|min|below|prefix)$/s.exec(key) ?? [];
  const op = ops[opName] ?? "is";
  const type = op === "<" || op === ">=" ? "number" : "text";
  const read = readers[type](value);
  if (!/^attribute\.[\w.:/-]{1,200}$/.test(name))
    return wrong(key, "a name of at most 200 letters, digits and . _ - : /", value);
  if (read === undefined) return wrong(key, allowed[type], value);
  return { field: name as AttributeField, op, value: read };
}

function flagIn(key: string, field: JobField, value: string): Condition | WrongParameter | undefined {
  if (value === "") return undefined;
  const any = readers.flag(value);
  return any === undefined ? wrong(key, allowed.flag, value) : { field, op: any ? ">=" : "<", value: 1 };
}

const readers: Readonly<Record<FieldType | "number", (text: string) => string | number | boolean | undefined>> = {
  text: (text) => (text.length <= 1024 ? text : undefined),
  state: (text) => states.find((each) => each === text),
  result: (text) => results.find((each) => each === text),
  count: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  seconds: (text) => (/^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined),
  number: (text) => (/^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined),
  flag: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};

const allowed: Readonly<Record<FieldType | "number", string>> = {
  number: "a number",
  text: "a text of at most 1024 characters",
  state: states.join(", "),
  result: results.join(", "),
  count: "a whole number",
  seconds: "a number of seconds",
  flag: "true, false",
};

const orders: readonly Order[] = ["first", "heard"];

const timesOf: readonly TimeOf[] = ["queued", "started", "ended", "heard"];

function rangeIn({ from, to, of }: Given): TimeRange | WrongParameter | undefined {
  const time = of === undefined ? "queued" : timesOf.find((each) => each === of);
  if (time === undefined) return wrong("of", timesOf.join(", "), of ?? "");
  if (from === undefined && to === undefined) return undefined;
  const [begin, end] = [from, to].map((text) => (text === undefined ? undefined : timeIn(text)));
  if (from !== undefined && begin === undefined) return wrong("from", timeForm, from);
  if (to !== undefined && end === undefined) return wrong("to", timeForm, to);
  return { of: time, ...(begin !== undefined && { from: begin }), ...(end !== undefined && { to: end }) };
}

const timeForm = "a time such as 2026-03-02T03:00:00Z, or a day in UTC such as 2026-03-02";

const timeIn = (text: string): HrTime | undefined =>
  fromIso(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

function pageIn(given: Given, limit: number): PageRequest | WrongParameter {
  const { order, limit: asked = String(limit) } = given;
  if (order !== undefined && !orders.some((each) => each === order)) return wrong("order", orders.join(", "), order);
  const count = /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  if (count < 1 || count > mostJobs) return wrong("limit", `a whole number from 1 to ${mostJobs}`, asked);
  const cursors = cursorsIn(given);
  if (isWrong(cursors)) return cursors;
  return { limit: count, ...cursors, ...(order === "heard" && { order }) };
}

function cursorsIn({ before, after }: Given): Pick<PageRequest, "before" | "after"> | WrongParameter {
  if (before !== undefined && after !== undefined) return wrong("after", "nothing where before is given", after);
  const [name, text] = before === undefined ? (["after", after] as const) : (["before", before] as const);
  if (text === undefined) return {};
  const found = cursorIn(text);
  return found === undefined ? wrong(name, cursorForm, text) : { [name]: found };
}

const cursorForm = "a cursor that an earlier answer gave";

function cursorIn(text: string): Cursor | undefined {
  const found = /^(-?\d{1,16})\.(\d{1,16})\.(.{1,1024})$/s.exec(text);
  return found === null ? undefined : { first: Number(found[1]), sequence: Number(found[2]), uid: found[3] ?? "" };
}

function wrong(parameter: string, expected: string, found: string): WrongParameter {
  const shown = found.length > 80 ? `${found.slice(0, 79)}…` : found;
  return {
    code: "JOBTRAIL_QUERY_INVALID",
    parameter,
    allowed: expected,
    found: shown,
    message: catalogue.JOBTRAIL_QUERY_INVALID({ parameter, found: shown, allowed: expected }),
  };
}
