import { html } from "hono/html";
import { results, states } from "../query.ts";
import type { Choices, Filter } from "../store/list.ts";
import type { Html } from "./format.ts";

/** The form that chooses jobs; its fields are the list's own parameters. */
export const filterForm = (filter: Filter, { systems, queues, names, actors }: Choices): Html =>
  html`<form class="filter" method="get" action="/" role="search" aria-label="Filter jobs">
    ${select("system", "System", systems, filter.system)} ${input("queue", "Queue", queues, filter.queue)}
    ${input("name", "Name", names, filter.name)} ${select("state", "State", states, filter.state)}
    ${filter.result === undefined ? "" : select("result", "Result", results, filter.result)}
    ${input("actor", "Asked by", actors, filter.actor)} ${flag("failed", "failed", "not failed", filter.failed)}
    ${flag("lost", "with lost runs", "without lost runs", filter.lost)}
    ${flag("retried", "with retried runs", "without retried runs", filter.retried)}
    <span class="do"><button type="submit">Filter</button>${isSet(filter) ? html` <a href="/">Clear</a>` : ""}</span>
  </form>`;

const isSet = (filter: Filter): boolean => Object.values(filter).some((value) => value !== undefined);

/** Only where the reader asked for it: then it can be seen and taken back. */
const flag = (name: string, yes: string, no: string, value: boolean | undefined): Html | "" =>
  value === undefined
    ? ""
    : html`<label class="flag"
        ><input type="checkbox" name="${name}" value="${String(value)}" checked /> ${value ? yes : no}</label
      >`;

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

/** What the reader asked for stays in the list, also where no job has it. */
const all = (values: readonly string[], value: string): readonly string[] =>
  value === "" || values.includes(value) ? values : [...values, value];
