import { fromIso, secondsBetween } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { html } from "hono/html";
import { isOver } from "../view.ts";
import type { JobView, RunView } from "../view.ts";
import { duration } from "./format.ts";
import type { Html } from "./format.ts";

/** What a bar shows; each has a colour of its own. */
type Shade = "waiting" | "between" | "good" | "bad" | "lost" | "running" | "other" | "unknown";

/** A stretch of time on the timeline, in seconds from its beginning. */
interface Bar {
  readonly from: number;
  readonly to: number;
  readonly shade: Shade;
}

/** One line of the timeline: its waiting and its work. */
interface Row {
  readonly label: string;
  readonly bars: readonly Bar[];
}

const mostRuns = 30;
const rowHeight = 38;
const axisHeight = 22;

/**
 * A job's waiting, its runs and the gaps between them, drawn to scale.
 * @param silent whether the run at work has given no sign of life for too long.
 */
export function timeline(job: JobView, now: HrTime, silent: boolean): Html {
  const { rows, span } = drawing(job, now, silent);
  const height = axisHeight + rows.length * rowHeight + 4;
  const shades = legend.filter(({ shade }) => rows.some(({ bars }) => bars.some((bar) => bar.shade === shade)));
  return html`<figure class="timeline">
    <svg
      class="gantt"
      width="100%"
      height="${height}"
      role="img"
      aria-label="Timeline of ${duration(span)}: ${rows.map(({ label }) => label).join("; ")}"
    >
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch" width="2" height="6"></rect>
        </pattern>
      </defs>
      ${ticks(span).map((tick) => tickMark(tick, span, height))} ${rows.map((row, index) => line(row, index, span))}
    </svg>
    <figcaption>
      ${shades.map(
        ({ shade, text }) =>
          html`<span class="key"
            ><svg width="14" height="12" aria-hidden="true">${rect(shade, "0", "100%", 0)}</svg>${text}</span
          >`,
      )}${job.runs.length > mostRuns ? html`<span class="key">the last ${mostRuns} runs are drawn</span>` : ""}
    </figcaption>
  </figure>`;
}

const legend: readonly { readonly shade: Shade; readonly text: string }[] = [
  { shade: "waiting", text: "waiting" },
  { shade: "between", text: "until the next try" },
  { shade: "running", text: "at work" },
  { shade: "good", text: "succeeded" },
  { shade: "bad", text: "failed" },
  { shade: "lost", text: "lost: its real end is not known" },
  { shade: "other", text: "put back, skipped or cancelled" },
  { shade: "unknown", text: "no sign of life: its end is not known" },
];

function drawing(job: JobView, now: HrTime, silent: boolean): { readonly rows: readonly Row[]; readonly span: number } {
  const shown = job.runs.slice(-mostRuns);
  const begin = read(job.queued) ?? read(shown[0]?.start) ?? read(job.first) ?? now;
  const since = (time: string | undefined): number | undefined => {
    const at = read(time);
    return at && Math.max(0, secondsBetween(begin, at));
  };
  const isOpen = !isOver(job.state) && job.state !== "stopped";
  const last = since(job.last) ?? 0;
  const until = Math.max(isOpen ? secondsBetween(begin, now) : 0, last);
  let before = 0;
  const rows = shown.map((run, index): Row => {
    const from = since(run.start) ?? since(run.end) ?? before;
    const to = Math.max(from, since(run.end) ?? since(shown[index + 1]?.start) ?? until);
    const shade = shadeOf(run, isOpen && index === shown.length - 1);
    const rest = index === 0 && job.runs.length === shown.length ? "waiting" : "between";
    const row = {
      label:
        silent && shade === "running"
          ? `Run ${run.number} silent for ${duration(to - last)}`
          : labelOf(run, shade, to - from),
      bars: [
        ...(from > before ? [{ from: before, to: from, shade: rest } as const] : []),
        ...(silent && shade === "running" ? silence(from, Math.max(from, last), to) : [{ from, to, shade }]),
      ],
    };
    before = to;
    return row;
  });
  if (isOpen && (shown.at(-1)?.end !== undefined) === rows.length > 0 && until > before)
    rows.push({
      label: `${job.state} for ${duration(until - before)}`,
      bars: [{ from: before, to: until, shade: rows.length === 0 ? "waiting" : "between" }],
    });
  return { rows, span: Math.max(before, until, 0.001) };
}

/** A run at work that was heard of last at a time. */
const silence = (from: number, last: number, to: number): Bar[] => [
  { from, to: last, shade: "running" },
  { from: last, to, shade: "unknown" },
];

const read = (time: string | undefined): HrTime | undefined => (time === undefined ? undefined : fromIso(time));

const shades: Readonly<Record<string, Shade>> = { success: "good", failure: "bad", error: "bad", timeout: "bad" };

function shadeOf({ lost, result, end }: RunView, isAtWork: boolean): Shade {
  if (lost === true) return "lost";
  if (result !== undefined) return shades[result] ?? "other";
  if (end !== undefined) return "other";
  return isAtWork ? "running" : "unknown";
}

function labelOf({ number, result, duration: known }: RunView, shade: Shade, length: number): string {
  const said: Readonly<Record<Shade, string>> = {
    waiting: "",
    between: "",
    good: `succeeded in ${duration(known ?? length)}`,
    bad: `${result === "timeout" ? "ran out of time" : "failed"} after ${duration(known ?? length)}`,
    lost: "lost",
    running: `at work for ${duration(length)}`,
    other: result ?? "stopped",
    unknown: "end not known",
  };
  return `Run ${number} ${said[shade]}`;
}

const percent = (seconds: number, span: number): number => Number(((seconds / span) * 100).toFixed(3));

function line({ label, bars }: Row, index: number, span: number): Html {
  const top = axisHeight + index * rowHeight;
  const work = bars.find(({ shade }) => shade !== "waiting" && shade !== "between");
  const { from, to } = work ?? bars[0] ?? { from: 0, to: 0 };
  const start = percent(from, span);
  // A label begins where its bar begins; where the right edge is near, it ends where its bar ends.
  const anchor = start > 55 ? html`x="${percent(to, span)}%" text-anchor="end"` : html`x="${start}%"`;
  return html`<text class="label" ${anchor} y="${top + 13}">${label}</text>
    ${bars.map((bar) => rect(bar.shade, `${percent(bar.from, span)}%`, `${percent(bar.to - bar.from, span)}%`, top + 18))}`;
}

function rect(shade: Shade, x: string, width: string, y: number): Html {
  if (shade === "waiting")
    return html`<rect class="rest waiting" x="${x}" y="${y + 4}" width="${width}" height="4"></rect>`;
  if (shade === "between")
    return html`<rect
      class="rest between"
      x="${x}"
      y="${y + 3}"
      width="${width}"
      height="6"
      fill="url(#hatch)"
    ></rect>`;
  return html`<rect class="${shade}" x="${x}" y="${y}" width="${width}" height="12" rx="2"></rect>`;
}

/** Steps of the axis, in seconds. */
const steps = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  14_400, 21_600, 43_200, 86_400,
];

const mostTicks = 5;

/** Where the axis is marked: round times, few enough for a narrow screen. */
function ticks(span: number): number[] {
  const days = Math.ceil(span / 86_400 / mostTicks) * 86_400;
  const step = steps.find((each) => span / each <= mostTicks) ?? days;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => i * step);
}

function tickMark(tick: number, span: number, height: number): Html {
  const x = percent(tick, span);
  const anchor = tick === 0 ? "start" : x > 92 ? "end" : "middle";
  return html`<line class="tick" x1="${x}%" x2="${x}%" y1="${axisHeight - 5}" y2="${height}"></line
    ><text class="tick-label" x="${x}%" y="12" text-anchor="${anchor}"
      >${tick === 0 ? "0" : `+${duration(tick)}`}</text
    >`;
}
