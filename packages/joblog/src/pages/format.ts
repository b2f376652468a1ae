import { html } from "hono/html";
import { secondsBetween } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { HtmlEscapedString } from "hono/utils/html";

/** A part of a page: whatever was put into it is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A time in UTC to the second, which the script may turn into the reader's own. */
export const time = (iso: string | undefined): Html | undefined =>
  iso === undefined
    ? undefined
    : html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;

/** Seconds as a person says them, such as `1.24 s` or `2 h 5 m`. */
export function duration(seconds: number): string {
  if (seconds <= 0) return "0 s";
  if (seconds < 0.001) return "<1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  const { size, name, below, belowName } = units.find((unit) => Math.round(seconds) >= unit.size) ?? minutes;
  const rest = Math.round(seconds / below);
  const per = size / below;
  const parts = [`${Math.floor(rest / per)} ${name}`, rest % per === 0 ? "" : ` ${rest % per} ${belowName}`];
  return parts.join("");
}

const minutes = { size: 60, name: "m", below: 1, belowName: "s" };

const units = [
  { size: 86_400, name: "d", below: 3600, belowName: "h" },
  { size: 3600, name: "h", below: 60, belowName: "m" },
  minutes,
];

/** A whole number with its thousands apart. */
export const whole = (n: number): string => n.toLocaleString("en-GB");

/** `1 run`, `2 runs`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

/** Where a job's page is. */
export const pathOf = (uid: string): string => `/jobs/${encodeURIComponent(uid)}`;

/** Instrumented runs give a sign of life each minute; after three without one something is wrong. */
const silentAfterSeconds = 180;

/** Whether a job at work has given no sign of life for too long. */
export const isSilent = (state: string, last: HrTime, now: HrTime): boolean =>
  state === "active" && secondsBetween(last, now) > silentAfterSeconds;

/** A job's state as a mark; its colour repeats what the word says. */
export const badge = (state: string, more = ""): Html => html`<span class="state ${state}">${state}${more}</span>`;
