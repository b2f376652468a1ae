import { createHash } from "node:crypto";
import { join } from "node:path";
import { CheckpointError, checkpointIn } from "@jobtrail/delivery/source";
import { z } from "zod";

/** How far a file was sent. */
export interface Position {
  /** In bytes of the unpacked file. */
  readonly end: number;
  /** The hash of all before: files may begin alike, where a sender tried the same request again. */
  readonly sum: string;
  /** How much of it was refused: a file that has such is never removed. */
  readonly refused: number;
}

/** How far each file was sent to one endpoint, so that a second run goes on where the first ended. */
export interface Bookmark {
  of(mark: string): Position | undefined;
  /** Kept on disk before it returns. @throws CheckpointError where it cannot be. */
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
    throw new CheckpointError(checkpoint.path, "it does not say how far was sent; remove it to send everything again");
  const positions = new Map(Object.entries(data));
  return {
    of: (mark) => positions.get(mark),
    set(mark, position) {
      positions.set(mark, position);
      checkpoint.write(Object.fromEntries(positions));
    },
  };
}
