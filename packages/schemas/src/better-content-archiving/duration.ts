import { visible } from "../visible.ts";

/** Units by their names, in milliseconds; months and years have no certain length. */
const units: ReadonlyMap<string, number> = new Map(
  (
    [
      ["ms msec msecs millis millisecond milliseconds", 1],
      ["s sec secs second seconds", 1000],
      ["m min mins minute minutes", 60_000],
      ["h hr hrs hour hours", 3_600_000],
      ["d day days", 86_400_000],
    ] as const
  ).flatMap(([names, length]) => names.split(" ").map((name) => [name, length] as const)),
);

const longest = 80;

/** Seconds in a duration as people write it: `2 minutes 5 seconds`, `1h 3m`, `0:02:05`, `PT2M5S`; nothing where it may mean several. */
export function secondsIn(duration: string): number | undefined {
  const text = visible(duration).trim().toLowerCase();
  if (text.length > longest) return undefined;
  if (text.startsWith("p")) return ofIso(text);
  return text.includes(":") ? ofClock(text) : ofWords(text);
}

/** Hours, minutes and seconds: of two numbers nobody knows which they are. */
function ofClock(text: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function ofIso(text: string): number | undefined {
  const match = /^p(?:(\d{1,5})d)?(?:t(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?)?$/.exec(text);
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

const part = /(\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)\.?(?:[\s,]|and(?![a-z]))*/y;

function ofWords(text: string): number | undefined {
  let sum = 0;
  let before = Infinity;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const found = part.exec(text);
    const unit = units.get(found?.[2] ?? "");
    if (found === null || unit === undefined || unit >= before) return undefined;
    sum += Number(found[1]) * unit;
    before = unit;
    at += found[0].length;
  }
  return at === 0 ? undefined : sum / 1000;
}
