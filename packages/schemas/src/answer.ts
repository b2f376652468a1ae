import { cut, withoutSecrets } from "@jobtrail/core/event";
import { isList, isObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

const longest = 300;

/**
 * What an interface's answer says went wrong, where it is an error and no record: `{"error":"You must be a
 * super_user"}`. Nothing where it may be a record. What looks like a secret is taken out.
 * @example
 * import { answerError } from "@jobtrail/schemas";
 *
 * console.log(answerError({ errors: [{ title: "Unauthorized", detail: "No token" }] })); // Unauthorized: No token
 * console.log(answerError({ id: "a1", status: "ERROR" })); // undefined
 */
export function answerError(answer: Json | undefined): string | undefined {
  if (!isObject(answer) || isRecord(answer)) return undefined;
  const { error, errors, error_description: description, message, msg, detail, code, status } = answer;
  const hasError = isSaid(error) || (isList(errors) && errors.length > 0);
  const isRefused = typeof status === "number" && status !== 0 && isSaid(msg);
  const isMessage = isSaid(message) && !isJson(message) && Object.keys(answer).every((key) => beside.has(key));
  if (!hasError && !isRefused && !isMessage) return undefined;
  const parts = [error, ...(isList(errors) ? errors : []), description, message, msg, detail].flatMap(textsIn);
  const text = [...new Set(parts.length === 0 && code !== undefined ? [String(code)] : parts)].join(": ");
  return cut(withoutSecrets(cut(text.replaceAll(/\s+/g, " "), 4 * longest)), longest).toWellFormed();
}

/** Records name their job, or how it stands, or what happened; of an error a status is a number. */
const isRecord = ({ id, name, status, object, data, attributes }: JsonObject): boolean =>
  [id, name, status].some((value) => typeof value === "string") || [object, data, attributes].some(isObject);

/** What stands beside the message of an error that has no other field for it. */
const beside: ReadonlySet<string> = new Set(
  "message statusCode status code timestamp path requestId traceId error".split(" "),
);

/** A message that is JSON is what somebody sent, and nothing that went wrong. */
const isJson = (value: Json | undefined): boolean => typeof value === "string" && /^\s*[[{]/.test(value);

const isSaid = (value: Json | undefined): boolean =>
  (typeof value === "string" && value.trim() !== "") || (isObject(value) && textsIn(value).length > 0);

/** The texts of an error, which may be an object with several. */
function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value.trim()];
  if (!isObject(value)) return [];
  return ["title", "reason", "message", "detail", "code"].flatMap((key) => textsIn(value[key])).slice(0, 2);
}
