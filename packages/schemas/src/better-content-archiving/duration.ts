/** Units by their names, in milliseconds; months and years have no certain length. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msecs?|milliseconds?|millis)$/, 1],
  [/^(?:s|secs?|seconds?)$/, 1000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hrs?|hours?)$/, 3_600_000],
  [/^(?:d|days?)$/, 86_400_000],
];

const longest = 80;

/** Seconds in a duration as people write it: `2 minutes 5 seconds`, `1h 3m`, `0:02:05`, `PT2M5S`; nothing where it may mean several. */
export function secondsIn(duration: string): number | undefined {
  const text = duration.trim().toLowerCase();
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

function ofWords(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)\.?/g)];
  const between = text.replaceAll(/\d{1,12}(?:\.\d{1,9})?\s*[a-z]+\.?/g, "").replaceAll("and", "");
  if (parts.length === 0 || /[^\s,]/.test(between)) return undefined;
  let sum = 0;
  let before = Infinity;
  for (const [, amount, word = ""] of parts) {
    const unit = units.find(([names]) => names.test(word))?.[1];
    if (unit === undefined || unit >= before) return undefined;
    sum += Number(amount) * unit;
    before = unit;
  }
  return sum / 1000;
}
