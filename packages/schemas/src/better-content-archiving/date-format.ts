/** A date and a time of day as a text says them, and the offset if it says that too. */
export interface Local {
  /** Milliseconds since 1970, as if the zone were UTC. */
  readonly ms: number;
  /** The digits after the second. */
  readonly fraction: string;
  /** In minutes. */
  readonly offset?: number;
}

/** How a date format reads texts. */
export interface DateFormat {
  /** How long the shortest time is that it tells apart, in seconds. */
  readonly resolution: number;
  /** Whether it says its offset, and needs no zone. */
  readonly hasOffset: boolean;
  read(text: string): Local | undefined;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const monthNames =
  /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/i;

type Part =
  | "year"
  | "month"
  | "monthName"
  | "day"
  | "hour"
  | "hour12"
  | "half"
  | "minute"
  | "second"
  | "fraction"
  | "offset";

/** The letters of a Unicode date pattern, as Java and Confluence's settings use them. Years of two digits are of no certain century. */
const letters: Readonly<Record<string, readonly [source: string, part?: Part]>> = {
  yyyy: [String.raw`(\d{4})`, "year"],
  MMMM: ["([A-Za-z]{3,9})", "monthName"],
  MMM: [String.raw`([A-Za-z]{3,9})\.?`, "monthName"],
  MM: [String.raw`(\d\d)`, "month"],
  M: [String.raw`(\d\d?)`, "month"],
  dd: [String.raw`(\d\d)`, "day"],
  d: [String.raw`(\d\d?)`, "day"],
  EEEE: ["[A-Za-z]{3,9}"],
  EEE: [String.raw`[A-Za-z]{3,9}\.?`],
  E: [String.raw`[A-Za-z]{3,9}\.?`],
  HH: [String.raw`(\d\d)`, "hour"],
  H: [String.raw`(\d\d?)`, "hour"],
  hh: [String.raw`(\d\d)`, "hour12"],
  h: [String.raw`(\d\d?)`, "hour12"],
  a: [String.raw`([AaPp]\.?[Mm]\.?)`, "half"],
  mm: [String.raw`(\d\d)`, "minute"],
  ss: [String.raw`(\d\d)`, "second"],
  XXX: [String.raw`(Z|[+-]\d\d:\d\d)`, "offset"],
  XX: [String.raw`(Z|[+-]\d{4})`, "offset"],
  Z: [String.raw`([+-]\d{4})`, "offset"],
};

const step = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g;

const longest = 80;
const known = new Map<string, DateFormat | undefined>();

/** Reads a date pattern, such as `d MMM yyyy HH:mm`; nothing where a time in it would not be certain. Names are English. */
export function dateFormatOf(pattern: string): DateFormat | undefined {
  if (pattern.length > longest) return undefined;
  if (!known.has(pattern)) {
    if (known.size >= longest) known.clear();
    known.set(pattern, compiled(pattern));
  }
  return known.get(pattern);
}

function compiled(pattern: string): DateFormat | undefined {
  const parts: Part[] = [];
  let source = "";
  let length = 0;
  for (const [all, quoted, letter] of pattern.matchAll(step)) {
    length += all.length;
    const piece =
      quoted !== undefined
        ? ([literal(quoted === "" ? "'" : quoted.replaceAll("''", "'"))] as const)
        : letter === undefined
          ? ([literal(all)] as const)
          : pieceOf(all);
    if (piece === undefined) return undefined;
    source += piece[0];
    if (piece[1] !== undefined) parts.push(piece[1]);
  }
  if (length !== pattern.length || !isCertain(parts)) return undefined;
  const expression = new RegExp(`^${source}$`);
  return {
    resolution: parts.includes("fraction") ? 0.001 : parts.includes("second") ? 1 : 60,
    hasOffset: parts.includes("offset"),
    read: (text) => (text.length > longest ? undefined : localOf(expression.exec(text.trim()), parts)),
  };
}

const pieceOf = (all: string): readonly [source: string, part?: Part] | undefined =>
  /^S{1,9}$/.test(all)
    ? [String.raw`(\d{${all.length}})`, "fraction"]
    : Object.hasOwn(letters, all)
      ? letters[all]
      : undefined;

/** Spaces are of many kinds: some formats put narrow ones before AM and PM. */
const literal = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`).replaceAll(/\s+/g, String.raw`\s+`);

/** Whether the parts, each but once, say one minute of one day. */
function isCertain(parts: readonly Part[]): boolean {
  const has = (part: Part): boolean => parts.includes(part);
  return (
    new Set(parts).size === parts.length &&
    has("year") &&
    has("month") !== has("monthName") &&
    has("day") &&
    has("hour") !== (has("hour12") && has("half")) &&
    !(has("hour") && has("hour12")) &&
    has("minute") &&
    (has("second") || !has("fraction"))
  );
}

function localOf(match: RegExpExecArray | null, parts: readonly Part[]): Local | undefined {
  if (match === null) return undefined;
  const said = (part: Part): string | undefined => (parts.includes(part) ? match[parts.indexOf(part) + 1] : undefined);
  const month = said("monthName") === undefined ? Number(said("month")) : monthIn(said("monthName") ?? "");
  const hour = said("hour") === undefined ? hourOf(Number(said("hour12")), said("half") ?? "") : Number(said("hour"));
  const minute = Number(said("minute"));
  const second = Number(said("second") ?? 0);
  const date = new Date(Date.UTC(Number(said("year")), month - 1, Number(said("day"))));
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(said("day"));
  if (!isDate || !(hour <= 23) || minute > 59 || second > 59) return undefined;
  const offset = said("offset");
  return {
    ms: date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000,
    fraction: said("fraction") ?? "",
    ...(offset !== undefined && { offset: minutesOf(offset) }),
  };
}

const monthIn = (name: string): number =>
  monthNames.test(name) ? months.indexOf(name.slice(0, 3).toLowerCase()) + 1 : Number.NaN;

const hourOf = (hour: number, half: string): number =>
  hour < 1 || hour > 12 ? Number.NaN : (hour % 12) + (/^p/i.test(half) ? 12 : 0);

/** Minutes that an offset says: `Z`, `+02:00`, `-0330`. */
export const minutesOf = (offset: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};
