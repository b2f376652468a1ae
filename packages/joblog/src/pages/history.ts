import { fromIso, secondsBetween } from "@jobtrail/core/event";
import { html } from "hono/html";
import type { Entry } from "../entry.ts";
import type { JobView } from "../view.ts";
import { counted, duration, time } from "./format.ts";
import type { Html } from "./format.ts";

/** Entries that are shown; the API gives all. */
const mostEntries = 500;

/** What happened, in order: the job's events, and between them the log lines of its runs. */
export function history(view: JobView, events: readonly Entry[], lines: readonly Entry[]): Html {
  const all = lines.length === 0 ? events : [...events, ...lines].sort((a, b) => compare(whenOf(a), whenOf(b)));
  const shown = all.slice(-mostEntries);
  return html`<h2>What happened</h2>
    ${shown.length < all.length ? html`<p class="soft">The last ${mostEntries} of ${counted(all.length, "entry", "entries")}.</p>` : ""}
    <div class="sheet">
      <table class="history">
        <thead>
          <tr>
            <th scope="col">Time <span class="zone">UTC</span></th>
            <th scope="col" class="number">After</th>
            <th scope="col">Event</th>
            <th scope="col">Text</th>
            <th scope="col">Known by</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((entry) => row(entry, view))}
        </tbody>
      </table>
    </div>`;
}

function row(entry: Entry, view: JobView): Html {
  return html`<tr class="${levelOf(entry.severity)}">
    <td class="when">${time(whenOf(entry))}</td>
    <td class="number after">${since(view.first, whenOf(entry))}</td>
    <td class="event">${entry.name ?? html`<span class="soft">log line</span>`}</td>
    <td class="text">${textOf(entry, view)}</td>
    <td class="soft source">${entry.name === undefined ? "" : String(entry.attributes["job.record.source"] ?? "")}</td>
  </tr>`;
}

const textOf = (entry: Entry, view: JobView): Html =>
  html`${runOf(entry, view)}${entry.name === undefined ? entry.text : shorter(entry.text, view)}${by(entry)}${oddity(entry)}`;

/** Which run it is about, where there are several. */
function runOf({ attributes }: Entry, { runs }: JobView): Html | "" {
  const number = attributes["job.run.number"];
  return runs.length < 2 || number === undefined ? "" : html`<span class="soft">run ${String(number)}</span> `;
}

/** Events that others than the job's asker may bring about: their actor is their own. */
const acts: ReadonlySet<string | undefined> = new Set([
  "job.deduplicated",
  "job.ended",
  "job.removed",
  "job.restarted",
  "job.stopped",
]);

/** Who brought it about. */
function by({ name, attributes }: Entry): Html | "" {
  const actor = attributes["job.actor.name"] ?? attributes["job.actor.id"];
  return acts.has(name) && actor !== undefined ? html` <span class="soft">by ${String(actor)}</span>` : "";
}

const oddity = ({ anomaly }: Entry): Html | "" =>
  anomaly === undefined ? "" : html`<br /><span class="soft">cannot be so: ${anomaly}</span>`;

const whenOf = ({ time: happened, seen }: Entry): string => happened ?? seen;

const compare = (a: string, b: string): number => {
  const [from, to] = [fromIso(a), fromIso(b)];
  return from === undefined || to === undefined ? 0 : secondsBetween(to, from);
};

function since(first: string, when: string): string {
  const [from, to] = [fromIso(first), fromIso(when)];
  if (from === undefined || to === undefined) return "";
  const seconds = secondsBetween(from, to);
  return seconds < 0 ? `−${duration(-seconds)}` : `+${duration(seconds)}`;
}

const levelOf = (severity: number): string =>
  severity >= 17 ? "severe" : severity >= 13 ? "warning" : severity < 9 ? "quiet" : "";

/** A record's sentence stands alone; on the job's own page its name and its marks say nothing new. */
function shorter(text: string, { name, schedule, queue }: JobView): string {
  const what = name ?? schedule ?? "job";
  const begin = [`${what} in ${queue} `, `${what} `].find((each) => text.startsWith(each)) ?? "";
  return text.slice(begin.length).replace(/ \((?:job [^()]*|run \d+[^()]*|[0-9a-f]{8})\)$/, "");
}
