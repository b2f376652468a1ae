import { createHash } from "node:crypto";
import { join } from "node:path";
import { CheckpointError, checkpointIn } from "@jobtrail/delivery/source";
import { z } from "zod";

/** The position up to which a file was sent. */
export interface Position {
  /** In bytes of the unpacked file. */
  readonly end: number;
  /** The hash of everything before the position: files may begin alike after a retried request. */
  readonly sum: string;
  /** How many of its records were refused: a file with refused records is never removed. */
  readonly refused: number;
}

/** The position in each file for one endpoint, so that a second run continues where the first ended. */
export interface Bookmark {
  of(mark: string): Position | undefined;
  /** Writes to disk before it returns. @throws CheckpointError if it cannot. */
  set(mark: string, position: Position): void;
}

const count = z.number().int().nonnegative();

const shape = z.record(z.string(), z.object({ end: count, sum: z.string(), refused: count }));

/**
 * The bookmark of a folder for an endpoint and a range of times: another range is another resend. It lies in `.resent`.
 * @throws CheckpointError where it cannot be read.
 */
export function bookmarkOf(folder: string, endpoint: string, range: string): Bookmark {
  const name = createHash("sha256").update(`${endpoint} ${range}`).digest("hex").slice(0, 16);
  const checkpoint = checkpointIn(join(folder, ".resent"), name);
  const { data, success } = shape.safeParse(checkpoint.read() ?? {});
  if (!success)
    throw new CheckpointError(checkpoint.path, "it does not hold a position; remove it to send everything again");
  const positions = new Map(Object.entries(data));
  return {
    of: (mark) => positions.get(mark),
    set(mark, position) {
      positions.set(mark, position);
      checkpoint.write(Object.fromEntries(positions));
    },
  };
}
