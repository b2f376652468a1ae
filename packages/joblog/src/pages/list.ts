import { fromIso, secondsBetween } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { html } from "hono/html";
import type { JobPage, JobStore, Summary } from "../contract.ts";
import type { JobQuery } from "../query/query.ts";
import { cursorText, toSearch } from "../query/search.ts";
import type { JobSearch } from "../query/search.ts";
import { micros } from "../store/record.ts";
import type { JobRow, Party } from "../view.ts";
import { choicesOf, filterForm } from "./filter.ts";
import { badge, duration, isSilent, pathOf, time, whole } from "./format.ts";
import type { Html } from "./format.ts";
import type { Sheet } from "./layout.ts";
import { welcome } from "./welcome.ts";

/** The page of all jobs, most recent first. */
export async function listPage(
  store: JobStore,
  { query, page: request }: JobSearch,
  origin: string,
  now: HrTime,
): Promise<Sheet> {
  const since = await store.newest();
  const page = await store.jobs(query, request);
  const summary = await store.summary();
  const isFirst = page.newer === undefined;
  const top = isFirst ? page.top : (await store.jobs(query, { limit: 1 })).top;
  const filter = summary.jobs > 0 ? filterForm(query, await choicesOf(store)) : "";
  return {
    title: "Jobs · Jobtrail",
    main: html`<main
      id="main"
      data-live="list"
      data-since="${since}"
      data-top="${top?.first}"
      data-page="${isFirst ? "first" : "later"}"
    >
      <h1 class="unseen">Jobs, most recent first</h1>
      ${counts(summary)} ${filter}
      <p id="new" role="status"><a href="${linkTo(query)}" hidden></a></p>
      ${page.jobs.length > 0 ? table(page, now) : nothing(query, summary, origin)} ${pager(query, page)}
    </main>`,
  };
}

function counts(summary: Summary): Html {
  const { jobs, runs, success, failure, retries, lost, records, spans, metrics, refused } = summary;
  return html`<section id="counts" aria-label="Counts">
    <dl>
      ${count("Jobs", jobs, "/")}${count("Runs", runs)}
      ${count("Succeeded", success, "/?result=success", success > 0 ? "good" : "")}${count("Failed", failure, "/?failed=true", failure > 0 ? "bad" : "")}
      ${count("Retries", retries, "/?retried=true")}${count("Lost", lost, "/?lost=true", lost > 0 ? "gone" : "")}
    </dl>
    <p class="small">
      ${whole(records)} job events kept · ${whole(spans)} spans and ${whole(metrics)} metric points
      received${refused > 0 ? ` · ${whole(refused)} records refused` : ""}
    </p>
  </section>`;
}

const count = (name: string, n: number, href?: string, tone = ""): Html =>
  html`<div class="${tone}">
    <dt>${name}</dt>
    <dd>${href === undefined ? whole(n) : html`<a href="${href}">${whole(n)}</a>`}</dd>
  </div>`;

const table = (page: JobPage, now: HrTime): Html =>
  html`<div class="sheet">
    <table class="jobs">
      <thead>
        <tr>
          <th scope="col">When <span class="zone">UTC</span></th>
          <th scope="col">Job</th>
          <th scope="col">Queue</th>
          <th scope="col">State</th>
          <th scope="col" class="by">Asked by</th>
          <th scope="col" class="number">Runs</th>
          <th scope="col" class="number">Took</th>
          <th scope="col">Error</th>
        </tr>
      </thead>
      <tbody id="rows">
        ${page.jobs.map((job) => row(job, now))}
      </tbody>
    </table>
  </div>`;

function row(job: JobRow, now: HrTime): Html {
  const { uid, id, name, schedule, queue, system, state, actor, counts: done, error } = job;
  const silent = isSilent(state, fromIso(job.last) ?? now, now);
  return html`<tr data-uid="${uid}" data-at="${micros(fromIso(job.first) ?? now)}">
    <td class="when">${time(job.first)}</td>
    <th scope="row" class="job">
      <a href="${pathOf(uid)}">${name ?? schedule ?? "job"}</a
      >${id === undefined ? "" : html` <span class="id">${id}</span>`}
    </th>
    <td class="queue">${queue ?? schedule ?? ""} <span class="soft">${system}</span></td>
    <td class="is">${badge(state, silent ? ", silent" : "")}</td>
    <td class="by">${partyText(actor)}</td>
    <td class="number runs">
      <span class="label">runs </span
      >${whole(done.runs)}${done.lost > 0 ? html` <span class="gone" title="lost runs">${whole(done.lost)} lost</span>` : ""}
    </td>
    <td class="number took">${took(job, now)}</td>
    <td class="error" title="${error?.message}">
      ${error === undefined ? "" : html`<span class="type">${error.type}</span> ${firstLine(error.message)}`}
    </td>
  </tr>`;
}

/** Of a run at work, how long it has been at it. */
function took({ state, duration: known, started, counts: { runs } }: JobRow, now: HrTime): string {
  if (state !== "active") return known === undefined ? "" : duration(known);
  const from = runs === 1 && started !== undefined ? fromIso(started) : undefined;
  return from === undefined ? "" : `${duration(secondsBetween(from, now))}…`;
}

const firstLine = (text = ""): string => {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
};

/** Who it is, in words. */
export const partyText = (party: Party | undefined): string => party?.name ?? party?.id ?? party?.type ?? "";

const nothing = ({ where, range, text }: JobQuery, summary: Summary, origin: string): Html =>
  summary.jobs === 0
    ? welcome(summary, origin)
    : html`<div class="sheet empty" id="rows">
        <h2>No job matches</h2>
        <p>
          ${where.length === 0 && range === undefined && text === undefined ? "There is nothing on this page." : "No job has all of these values."}
          <a href="/">Show all ${whole(summary.jobs)} jobs</a>
        </p>
      </div>`;

const pager = (query: JobQuery, { older, newer }: JobPage): Html =>
  html`<nav class="pager" aria-label="Pages">
    ${newer ? html`<a rel="prev" href="${linkTo(query, "after", cursorText(newer))}">← Newer</a>` : html`<span></span>`}
    ${newer ? html`<a href="${linkTo(query)}">Newest</a>` : ""}
    ${older ? html`<a rel="next" href="${linkTo(query, "before", cursorText(older))}">Older →</a>` : html`<span></span>`}
  </nav>`;

function linkTo(query: JobQuery, key?: "before" | "after", cursor = ""): string {
  const search = toSearch(query);
  if (key !== undefined) search.set(key, cursor);
  return search.size === 0 ? "/" : `/?${search.toString()}`;
}
