import { html } from "hono/html";
import type { JobStore } from "../contract.ts";
import { results, states } from "../query/field.ts";
import type { JobField } from "../query/field.ts";
import { valueOf } from "../query/query.ts";
import type { Condition, JobQuery } from "../query/query.ts";
import { parameterOf, toSearch } from "../query/search.ts";
import type { Html } from "./format.ts";

/** What the form can be set to. */
export interface Choices {
  readonly systems: readonly string[];
  readonly queues: readonly string[];
  readonly names: readonly string[];
  readonly actors: readonly string[];
}

/** The values that jobs have. */
export async function choicesOf(store: JobStore): Promise<Choices> {
  const [systems, queues, names, actors] = await Promise.all([
    store.values("system"),
    store.values("queue"),
    store.values("name"),
    store.values("actor"),
  ]);
  return { systems, queues, names, actors };
}

/** The form that chooses jobs; its fields are the list's own parameters. */
export function filterForm(query: JobQuery, { systems, queues, names, actors }: Choices): Html {
  const value = (field: JobField): string | undefined => valueOf(query, field);
  const result = value("result");
  return html`<form class="filter" method="get" action="/" role="search" aria-label="Filter jobs">
    ${search(query.text)} ${select("system", "System", systems, value("system"))}
    ${input("queue", "Queue", queues, value("queue"))} ${input("name", "Name", names, value("name"))}
    ${select("state", "State", states, value("state"))}
    ${result === undefined ? "" : select("result", "Result", results, result)}
    ${input("actor", "Asked by", actors, value("actor"))}
    ${query.where.filter((each) => !hasField(query, each)).map(condition)} ${range(query)}
    <span class="do"><button type="submit">Filter</button>${isSet(query) ? html` <a href="/">Clear</a>` : ""}</span>
  </form>`;
}

const isSet = ({ where, range: time, text }: JobQuery): boolean =>
  where.length > 0 || time !== undefined || text !== undefined;

const search = (text = ""): Html =>
  html`<label
    >Search
    <input
      type="search"
      name="text"
      value="${text}"
      placeholder="id, name, error"
      autocomplete="off"
      spellcheck="false"
      maxlength="200"
  /></label>`;

const withField: ReadonlySet<string> = new Set(["system", "queue", "name", "state", "result", "actor"]);

/** Whether a condition is shown by a field of the form. */
const hasField = (query: JobQuery, { field, op }: Condition): boolean =>
  op === "is" && withField.has(field) && valueOf(query, field) !== undefined;

/** A condition that has no field of its own: it can be seen and taken back. */
function condition(given: Condition): Html {
  const [name, value] = parameterOf(given);
  return html`<label class="flag"
    ><input type="checkbox" name="${name}" value="${value}" checked /> ${wordsOf(given)}</label
  >`;
}

function wordsOf({ field, op, value }: Condition): string {
  if (field === "failed") return value === true ? "failed" : "not failed";
  const runs = field === "lost" ? "lost runs" : field === "retries" ? "retried runs" : undefined;
  if (runs !== undefined && value === 1 && (op === ">=" || op === "<"))
    return `${op === ">=" ? "with" : "without"} ${runs}`;
  return `${field} ${opWords[op]} ${String(value)}`;
}

const opWords: Readonly<Record<Condition["op"], string>> = {
  is: "is",
  not: "is not",
  "<": "below",
  ">=": "from",
  prefix: "begins with",
};

/** The times of the query, which stay what they are when the form is sent. */
const range = ({ range: time }: JobQuery): Html[] =>
  [...toSearch({ where: [], ...(time !== undefined && { range: time }) })].map(
    ([name, value]) =>
      html`<label class="flag"
        ><input type="checkbox" name="${name}" value="${value}" checked /> ${name} ${value}</label
      >`,
  );

const select = (name: string, label: string, values: readonly string[], value = ""): Html =>
  html`<label
    >${label}
    <select name="${name}">
      <option value="">any</option>
      ${all(values, value).map((each) => html`<option${each === value ? html` selected` : ""}>${each}</option>`)}
    </select></label
  >`;

const input = (name: string, label: string, values: readonly string[], value = ""): Html =>
  html`<label
      >${label}
      <input
        name="${name}"
        value="${value}"
        list="${name}-values"
        placeholder="any"
        autocomplete="off"
        spellcheck="false"
        maxlength="1024"
    /></label>
    <datalist id="${name}-values">${values.map((each) => html`<option value="${each}"></option>`)}</datalist>`;

/** The value that is asked for stays in the list, also where no job has it. */
const all = (values: readonly string[], value: string): readonly string[] =>
  value === "" || values.includes(value) ? values : [...values, value];
