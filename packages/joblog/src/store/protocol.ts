import type { Refusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Appended, Batch, Pruned, Retention } from "../contract.ts";
import type { StoreCode } from "../errors.ts";

/** What whoever writes does for others, one after the other. */
export interface WriterMethods {
  append(batch: Batch): Appended | Refusal;
  check(): void;
  refold(uids: readonly string[]): void;
  /** Forgets one day that has ended, or nothing where none is left. */
  pruneDay(retention: Retention, after: number): (Pruned & { readonly day: number }) | undefined;
  /** Closes days that have ended and makes small blocks large. */
  tidy(now: HrTime): void;
  rebuild(): void;
  close(): void;
}

/** The name of one of them. */
export type WriterMethod = keyof WriterMethods;

/** What a thread is asked to do. */
export type WriterCall = {
  [Name in WriterMethod]: { readonly id: number; readonly name: Name; readonly given: Parameters<WriterMethods[Name]> };
}[WriterMethod];

/** What became of it. */
export interface WriterAnswer {
  readonly id: number;
  readonly result?: unknown;
  /** The jobs that changed. */
  readonly changed?: readonly string[];
  readonly error?: { readonly code?: StoreCode; readonly message: string };
}

/** The id of the answer that says that the store is open. */
export const openingId = 0;
