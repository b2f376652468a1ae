import { isRefusal } from "@jobtrail/core/event";
import { isNumeral, parseJson } from "@jobtrail/schemas";
import type { Json, JsonObject } from "@jobtrail/schemas";

/**
 * What brings records, and the fields that it puts them in: a record is the only thing in one of these, as an object
 * or as JSON text. Docker and Kubernetes (`log`), SQS (`Records`, `Messages`, `body`), SNS (`Message`), EventBridge
 * (`detail`), Elasticsearch (`hits`, `_source`), CloudWatch Logs (`events`, `logEvents`, `message`), Event Hubs
 * (`records`), Google Cloud (`jsonPayload`, `textPayload`), Kafka (`value`), webhook.site (`content`), lists of jobs.
 */
const carrying =
  "log Records records Messages body Body message Message detail hits _source events logEvents jsonPayload textPayload value content payload jobs".split(
    " ",
  );

const mostLevels = 6;

const isText = (value: Json | undefined): value is string => typeof value === "string" && /^\s*["[{]/.test(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !isList(value) && !isNumeral(value);

/** Whether a text looks as if it carried another JSON text. */
export const mayCarryText = (json: string): boolean => textWithin.test(json);

const textWithin = new RegExp(String.raw`"(?:${carrying.join("|")})"\s*:\s*"\s*[[{]`);

/**
 * The records that something carries; nothing where it carries none that are accepted. What stands among them and is
 * not accepted is given too, so that nothing is passed over in silence.
 */
export function carriedBy(
  value: Json | undefined,
  accepts: (value: Json) => boolean,
  levels: number = mostLevels,
): readonly Json[] | undefined {
  const inner = levels === 0 ? undefined : contentOf(value);
  if (inner === undefined) return undefined;
  let isAny = false;
  const all = inner.flatMap((each): readonly Json[] => {
    const within = (): readonly Json[] | undefined => carriedBy(each, accepts, levels - 1);
    // A message with JSON text in it may be accepted too, for an id that stands in the text.
    const carried = (hasText(each) ? within() : undefined) ?? (accepts(each) ? [each] : within());
    isAny ||= carried !== undefined;
    return carried ?? [each];
  });
  return isAny ? all : undefined;
}

const hasText = (value: Json): boolean => isObject(value) && carrying.some((key) => isText(value[key]));

/** What stands one level below. */
function contentOf(value: Json | undefined): readonly Json[] | undefined {
  if (isText(value)) {
    const parsed = parseJson(value);
    return isRefusal(parsed) ? undefined : isList(parsed.value) ? parsed.value : [parsed.value];
  }
  if (!isObject(value)) return undefined;
  const [key, ...others] = carrying.filter((each) => {
    const below = value[each];
    return isObject(below) || isList(below) || isText(below);
  });
  if (key === undefined || others.length > 0) return undefined;
  const below = value[key] as Json;
  return isList(below) ? below : [below];
}

const mostLooked = 2000;

/** Where an accepted record stands in something that is none, such as `result.rows[0]`; nothing where none is found. */
export function pathOfRecord(value: Json | undefined, accepts: (value: Json) => boolean): string | undefined {
  const waiting: { readonly value: Json | undefined; readonly path: string }[] = [{ value, path: "" }];
  for (let looked = 0; looked < Math.min(mostLooked, waiting.length); looked++) {
    const next = waiting[looked];
    if (next === undefined) break;
    if (looked > 0 && isObject(next.value) && accepts(next.value)) return next.path.replace(/^\./, "");
    if (isText(next.value)) {
      const parsed = parseJson(next.value);
      if (!isRefusal(parsed)) waiting.push({ value: parsed.value, path: `${next.path} (JSON text)` });
    } else if (isList(next.value))
      waiting.push(...next.value.slice(0, 20).map((each, i) => ({ value: each, path: `${next.path}[${i}]` })));
    else if (isObject(next.value))
      waiting.push(...Object.entries(next.value).map(([key, each]) => ({ value: each, path: `${next.path}.${key}` })));
  }
  return undefined;
}
