import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";

/** When the records of the tests were learned of. */
export const seen: HrTime = [1_790_000_000, 0];

/** The text of a sample, such as `harperdb/printed`. */
export const sample = (name: string): string => readFileSync(join(import.meta.dirname, `samples/${name}.json`), "utf8");

/** What is no refusal. @throws Error that says what was refused. */
export function sound<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.path} is ${value.found}; expected ${value.expected}`);
  return value;
}
