import { fromIso } from "@jobtrail/core/event";
import { addressFault } from "@jobtrail/delivery";
import type { HrTime } from "@opentelemetry/api";
import { InvalidArgumentError } from "commander";

/** A port as a number. */
export function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 65_535)) throw new InvalidArgumentError("Expected a whole number from 0 to 65535.");
  return value;
}

/** A whole number from 0 on. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0 on.");
  return Number(text);
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  const value = match === null ? 0 : Number(match[1]) * (unitMs[match[2] ?? ""] ?? 0);
  if (value === 0) throw new InvalidArgumentError("Expected a time above zero such as 90m, 12h, 30d or 8w.");
  return value;
}

/** An HTTP address, unchanged. */
export function address(text: string): string {
  const fault = addressFault(text);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return text;
}

/** Where events are posted that must stay secret on their way: over TLS, unless it is this machine. */
export function webhook(text: string): string {
  const url = URL.parse(address(text));
  const isOwn = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol !== "https:" && !isOwn)
    throw new InvalidArgumentError("Expected an https address; http is for this machine alone.");
  return text;
}

/** A time with full precision. */
export function time(text: string): HrTime {
  const value = fromIso(text);
  if (value === undefined)
    throw new InvalidArgumentError("Expected a time with a time zone, such as 2026-01-31T12:00:00Z.");
  return value;
}

/** A time in milliseconds since 1970. */
export function momentMs(text: string): number {
  const [seconds, nanos] = time(text);
  return seconds * 1000 + nanos / 1e6;
}
