import { at, matches, replace, set, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";

/** When something happened, in nanoseconds since 1970. */
export const timeOf = (name: string): string => at("times", name);

/** Reads a time from ISO 8601 text with a zone; an empty text says that there is none. */
export const time = (name: string, from: string, where?: string): Statement[] => {
  const digits = at("digits");
  return when(where === undefined ? matches(from, "^.") : `${where} and ${matches(from, "^.")}`, [
    set(digits, from),
    replace(digits, "Z$", "+00:00"),
    replace(digits, String.raw`^(.{19})(?:\.(\d*))?([+-].*)$`, "${1}.${2}000000000${3}"),
    replace(digits, String.raw`^(.{29})\d*(.*)$`, "${1}${2}"),
    set(timeOf(name), `UnixNano(Time(${digits}, "%Y-%m-%dT%H:%M:%S.%s%j"))`),
  ]);
};

/** The seconds from one time to another, reckoned as JavaScript does it: seconds and nanoseconds apart. */
export const between = (name: string, from: string, to: string): Statement[] => {
  const seconds = `Double(${timeOf(to)} / 1000000000 - ${timeOf(from)} / 1000000000)`;
  const nanos = [to, from].map((each) => `(${timeOf(each)} - ${timeOf(each)} / 1000000000 * 1000000000)`).join(" - ");
  return [
    set(at(name), `${seconds} + Double(${nanos}) / 1000000000.0`, `${timeOf(from)} != nil and ${timeOf(to)} != nil`),
  ];
};
