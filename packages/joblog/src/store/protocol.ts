import type { StoreCode } from "../errors.ts";
import type { Writer } from "./writer.ts";

/** What a thread is asked to do. */
export type WriterCall = {
  [Name in WriterMethod]: { readonly id: number; readonly name: Name; readonly given: Parameters<Writer[Name]> };
}[WriterMethod];

/** What a writer does for others. */
export type WriterMethod = "append" | "check" | "forgetSome" | "forgetRest" | "rebuild" | "refold" | "close";

/** What became of it. */
export interface WriterAnswer {
  readonly id: number;
  readonly result?: unknown;
  /** The number of the newest change of any job. */
  readonly change?: number;
  readonly error?: { readonly code?: StoreCode; readonly message: string };
}

/** The id of the answer that says that the store is open. */
export const openingId = 0;
