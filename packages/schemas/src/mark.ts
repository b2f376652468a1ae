import { z } from "zod";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";

/**
 * Stands as `jobtrail` in a record that Jobtrail wrote of another system's job: whose job it is, and
 * which fields hold derived values.
 */
export interface Mark {
  /** `job.system.name` */
  readonly system: string;
  /** `job.uid` */
  readonly uid: string;
  /** The run that the record describes; absent where the job has none. */
  readonly run?: MarkedRun;
  /** The names of the fields whose value was derived. */
  readonly derived: readonly string[];
}

/** What a record's own fields cannot say of another system's run, as far as it is known. */
export interface MarkedRun {
  /** `job.run.uid` */
  readonly uid?: string;
  /** `job.run.number` */
  readonly number?: number;
  /** `job.run.final` */
  readonly final?: boolean;
}

/** The shape of a mark; every form has it as an optional field `jobtrail`. */
export const markShape: z.ZodType<Mark> = z.looseObject({
  system: z.string().regex(/^[!-~]{1,128}$/),
  uid: z.string().regex(/^[\da-f]{32}$/),
  run: z
    .looseObject({
      uid: z
        .string()
        .regex(/^[!-~]{1,200}$/)
        .exactOptional(),
      number: z.int().min(1).exactOptional(),
      final: z.boolean().exactOptional(),
    })
    .exactOptional(),
  derived: z.array(z.string()),
});

/** The mark of a record that was parsed. */
export const markOf = ({ jobtrail }: JsonObject): Mark | undefined =>
  isObject(jobtrail) ? (jobtrail as unknown as Mark) : undefined;
