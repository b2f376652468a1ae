import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isRejection, reject } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";

/** The largest body, as it is sent and again as it is unpacked, in bytes. */
export const bodyLimit: number = 16 * 1024 * 1024;

/** The most bytes of bodies that wait in memory at once, over all requests. */
const waitingLimit = 96 * 1024 * 1024;

/**
 * How much of a body is read in all, in bytes. What is beyond the other limits is thrown away as it comes, so that its
 * sender gets to the answer: one whose connection is closed while it writes tries again and never learns why.
 */
const discardLimit = 64 * 1024 * 1024;

/** Reads request bodies, so much at once and no more. */
export type ReadBody = (request: Request) => Promise<Uint8Array | Rejection>;

/** A reader of bodies: it keeps no more than the limits, however much is still to come, and unpacks gzip. */
export function bodyReader(): ReadBody {
  const waiting = { bytes: 0 };
  return async (request) => {
    const packing = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
    const unpack = Object.hasOwn(unpackers, packing) ? unpackers[packing] : undefined;
    if (unpack === undefined)
      return reject(415, `content-encoding is ${JSON.stringify(packing.slice(0, 40))}; expected gzip or identity`);
    const sent = await receive(request, waiting);
    return isRejection(sent) ? sent : unpack(sent);
  };
}

async function receive(request: Request, waiting: { bytes: number }): Promise<Buffer | Rejection> {
  let refusal = Number(request.headers.get("content-length")) > bodyLimit ? tooLarge("sent") : undefined;
  let chunks: Uint8Array[] = [];
  let [arrived, held] = [0, 0];
  const release = (): void => {
    waiting.bytes -= held;
    [chunks, held] = [[], 0];
  };
  try {
    for await (const chunk of chunksOf(request)) {
      arrived += chunk.length;
      if (arrived > discardLimit) break;
      if (refusal !== undefined) continue;
      chunks.push(chunk);
      held += chunk.length;
      waiting.bytes += chunk.length;
      refusal = arrived > bodyLimit ? tooLarge("sent") : waiting.bytes > waitingLimit ? tooMany : undefined;
      if (refusal !== undefined) release();
    }
    return refusal ?? Buffer.concat(chunks);
  } catch {
    return reject(400, "the body ended before it was whole");
  } finally {
    release();
  }
}

const unpackers: Readonly<Record<string, (sent: Buffer) => Uint8Array | Rejection | Promise<Uint8Array | Rejection>>> =
  {
    identity: (sent) => sent,
    gzip,
  };

const unpack = promisify(gunzip);

/** The body that is being unpacked. */
let unpacking: Promise<unknown> = Promise.resolve();

// In the background, so that others are answered meanwhile, and one at a time: many bombs at once would each hold
// what they have unpacked so far.
function gzip(sent: Buffer): Promise<Uint8Array | Rejection> {
  const unpacked = unpacking.then(() => unpackOne(sent));
  unpacking = unpacked;
  return unpacked;
}

async function unpackOne(sent: Buffer): Promise<Uint8Array | Rejection> {
  try {
    return await unpack(sent, { maxOutputLength: bodyLimit });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return tooLarge("unpacked");
    return reject(
      400,
      `the body is not whole gzip: ${error instanceof Error ? error.message : "it cannot be unpacked"}`,
    );
  }
}

const chunksOf = (request: Request): AsyncIterable<Uint8Array> | readonly Uint8Array[] => request.body ?? [];

const tooMany = reject(503, "too many requests at once; try again");

const tooLarge = (when: "sent" | "unpacked"): Rejection =>
  reject(413, `the body is larger than ${bodyLimit} bytes as ${when}; send smaller batches`);
