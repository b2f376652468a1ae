import type { JobError } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { html } from "hono/html";
import type { JobHistory } from "../contract.ts";
import { asJson, entryOf } from "../entry.ts";
import type { Entry } from "../entry.ts";
import { viewOf } from "../view.ts";
import type { JobView, Party, RunCounts, RunView } from "../view.ts";
import { badge, counted, duration, isSilent, time, whole } from "./format.ts";
import type { Html } from "./format.ts";
import { history } from "./history.ts";
import type { Sheet } from "./layout.ts";
import { partyText } from "./list.ts";
import { timeline } from "./timeline.ts";

/**
 * The page of one job: what went wrong first, then how it went.
 * @param since the newest change that it shows.
 */
export function jobPage({ job, older, ...kept }: JobHistory, since: number, now: HrTime): Sheet {
  const view = viewOf(job, older > 0);
  const events = kept.events.map(entryOf);
  const lines = kept.lines.map(entryOf);
  const name = view.name ?? view.schedule ?? "job";
  const silent = isSilent(view.state, job.last, now);
  return {
    title: `${name} ${view.state} · Jobtrail`,
    main: html`<main id="main" class="one" data-live="job" data-since="${since}" data-uid="${job.uid}">
      ${part("head", head(view, name))} ${part("trouble", trouble(view, silent))} ${part("facts", facts(view))}
      ${part("runs", runs(view, now, silent))} ${part("history", history(view, events, lines))}
      ${part("more", more(view, events))}
    </main>`,
  };
}

/** A part of the page that the script replaces when the job has changed. */
const part = (id: string, content: Html | string): Html => html`<div id="${id}" data-part>${content}</div>`;

const head = ({ state, queue, system, id, uid }: JobView, name: string): Html =>
  html`<nav class="trail" aria-label="Where you are">
      <a href="/">Jobs</a>${
        queue === undefined ? "" : html` / <a href="/?${new URLSearchParams({ queue }).toString()}">${queue}</a>`
      }
    </nav>
    <h1>${name} ${badge(state)}</h1>
    <p class="soft">${system}${id === undefined ? "" : html` · job <code>${id}</code>`} · uid ${copyable(uid)}</p>`;

const trouble = (view: JobView, silent: boolean): Html => html`${silent ? silence(view.last) : ""}${errorPanel(view)}`;

const silence = (last: string): Html =>
  html`<section class="panel warn" aria-label="No sign of life">
    <h2>No sign of life since ${time(last)}</h2>
    <p>
      The run has not ended, and a run at work gives a sign each minute. Its worker may be gone: it counts as lost when
      the job is started again.
    </p>
  </section>`;

function errorPanel({ error, state, runs }: JobView): Html | "" {
  const failed = runs.findLast((run) => run.error !== undefined);
  const shown = error ?? (state === "completed" ? undefined : failed?.error);
  if (shown === undefined) return "";
  const lost = failed?.lost === true;
  return html`<section class="panel ${state === "failed" ? "bad" : "warn"}" aria-label="Error">
    <h2>
      <span class="type">${shown.type}</span
      >${failed === undefined ? "" : html` <span class="soft">in run ${failed.number} of ${runs.length}${failed.end === undefined ? "" : html`, ${time(failed.end)}`}</span>`}
    </h2>
    ${shown.message === undefined ? "" : html`<p class="message">${shown.message}</p>`} ${stackOf(shown)}
    ${lost ? html`<p class="soft">Nobody saw this run end. What is shown was inferred from the run after it.</p>` : ""}
  </section>`;
}

/** A stack begins with the message, which stands above it; its frames are shown. */
function stackOf({ stack }: JobError): Html | "" {
  if (stack === undefined) return "";
  const frames = stack.search(/^\s+at /m);
  return html`<pre class="stack" tabindex="0" role="region" aria-label="Stack">
${(frames > 0 ? stack.slice(frames) : stack).replace(/^\s+/gm, "")}</pre>`;
}

function facts(view: JobView): Html {
  const { queued, started, ended, last, duration: took, counts, trigger, actor, scope, tenant, schedule } = view;
  const waited = view.runs[0]?.wait;
  return html`<dl class="facts">
    ${fact("Asked by", party(actor))} ${fact("Scope", party(scope))} ${fact("Tenant", tenant)}
    ${fact("Trigger", trigger)} ${fact("Schedule", schedule)} ${fact("Queued", time(queued))}
    ${fact("First start", time(started))}
    ${ended === undefined ? fact("Last heard of", time(last)) : fact("Ended", time(ended))}
    ${fact("First wait", waited === undefined ? undefined : duration(waited))}
    ${fact("Last run took", took === undefined ? undefined : duration(took))} ${fact("Runs", runCounts(counts))}
  </dl>`;
}

function runCounts({ runs, retries, lost }: RunCounts): string {
  const some = [...(retries > 0 ? [`${retries} retried`] : []), ...(lost > 0 ? [`${lost} lost`] : [])];
  return some.length === 0 ? whole(runs) : `${whole(runs)} (${some.join(", ")})`;
}

const fact = (name: string, value: Html | string | undefined): Html | "" =>
  value === undefined
    ? ""
    : html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;

const party = (given: Party | undefined): Html | undefined =>
  given === undefined
    ? undefined
    : html`${partyText(given)}${given.type !== undefined && given.type !== partyText(given) ? html` <span class="soft">${given.type}</span>` : ""}`;

const runs = (view: JobView, now: HrTime, silent: boolean): Html =>
  html`<h2>Runs</h2>
    ${timeline(view, now, silent)}
    ${view.runs.length === 0 ? html`<p class="soft">It has not been started yet.</p>` : runTable(view.runs)}`;

/** A column of the table of runs. One that would be empty is left out, unless it is always shown. */
interface Column {
  readonly head: Html | string;
  readonly style?: string;
  readonly always?: true;
  cell(run: RunView): Html | Html[] | string | undefined;
}

const columns: readonly Column[] = [
  { head: "Result", always: true, cell: resultOf },
  { head: html`Started <span class="zone">UTC</span>`, always: true, cell: ({ start }) => time(start) },
  {
    head: "Took",
    style: "number",
    always: true,
    cell: ({ duration: took }) => (took === undefined ? "" : duration(took)),
  },
  { head: "Waited", style: "number", cell: ({ wait }) => (wait === undefined ? undefined : duration(wait)) },
  { head: "Worker", cell: ({ worker }) => worker },
  { head: "Counted", cell: counters },
  {
    head: "Error",
    style: "error",
    cell: ({ error }) => error && html`<span class="type">${error.type}</span> ${error.message?.split("\n", 1)[0]}`,
  },
  { head: "Trace", cell: ({ trace }) => (trace === undefined ? undefined : copyable(trace)) },
];

function runTable(all: readonly RunView[]): Html {
  const shown = columns.filter(({ always, cell }) => always === true || all.some((run) => cell(run) !== undefined));
  return html`<div class="sheet" tabindex="0" role="region" aria-label="Runs">
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">Run</th>
          ${shown.map(({ head: what, style }) => html`<th scope="col" class="${style}">${what}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${all.map(
          (run) =>
            html`<tr>
              <th scope="row">${runName(run)}</th>
              ${shown.map(({ style, cell }) => html`<td class="${style}">${cell(run)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const runName = ({ number, attempt, life }: RunView): Html =>
  html`${number}${attempt === undefined || attempt === number ? "" : html` <span class="soft">attempt ${attempt}</span>`}${life > 1 ? html` <span class="soft">life ${life}</span>` : ""}`;

function resultOf({ lost, result, end, final }: RunView): Html {
  if (lost === true) return badge("lost");
  if (result !== undefined)
    return html`${badge(result)}${final === true && result !== "success" ? html` <span class="soft">final</span>` : ""}`;
  return end === undefined ? html`<span class="soft">none yet</span>` : html`<span class="soft">ended</span>`;
}

const counterPrefix = "job.counter.";

function counters({ attributes }: RunView): string | undefined {
  const counted = Object.entries(attributes).filter(([key]) => key.startsWith(counterPrefix));
  return counted.length === 0
    ? undefined
    : counted.map(([key, value]) => `${key.slice(counterPrefix.length)} ${String(value)}`).join(", ");
}

/** An id that the script gives a button to copy it. */
const copyable = (id: string): Html =>
  html`<code class="copy" title="${id}">${id}</code
    ><button type="button" class="copier" data-copy="${id}" data-script hidden>Copy</button>`;

/** Records that are shown as they are; the API gives all. */
const mostRaw = 100;

const more = (view: JobView, events: readonly Entry[]): Html =>
  html`<details>
      <summary>All attributes</summary>
      ${attributeTable("Job", view.attributes)}
      ${view.runs.map((run) => attributeTable(`Run ${run.number}`, difference(run.attributes, view.attributes)))}
    </details>
    <details>
      <summary>Records as JSON</summary>
      <p class="soft">
        ${events.length > mostRaw ? `The last ${mostRaw} of ${counted(events.length, "record")}. ` : ""}All of them:
        <a href="/api/v1/jobs/${encodeURIComponent(view.uid)}/events">/api/v1/jobs/${view.uid}/events</a>
      </p>
      <pre class="raw" tabindex="0" role="region" aria-label="Records as JSON">
${asJson(events.slice(-mostRaw), 2)}</pre>
    </details>`;

const attributeTable = (caption: string, attributes: object): Html =>
  html`<table class="attributes">
    <caption>
      ${caption}
    </caption>
    <tbody>
      ${Object.entries(attributes).map(
        ([key, value]) =>
          html`<tr>
            <th scope="row">${key}</th>
            <td>${String(value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

const difference = (whole: object, known: object): object =>
  Object.fromEntries(Object.entries(whole).filter(([key, value]) => (known as Record<string, unknown>)[key] !== value));
