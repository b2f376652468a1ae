import { gunzipSync } from "node:zlib";
import { isRejection, reject } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";

/** The largest body, as it is sent and again as it is unpacked, in bytes. */
export const bodyLimit: number = 16 * 1024 * 1024;

/** The most bytes of bodies that wait in memory at once, over all requests. */
const waitingLimit = 128 * 1024 * 1024;

/** Reads request bodies, so much at once and no more. */
export type ReadBody = (request: Request) => Promise<Uint8Array | Rejection>;

/** A reader of bodies: it stops at the limit, however much is still to come, and unpacks gzip. */
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
  if (Number(request.headers.get("content-length")) > bodyLimit) return tooLarge("sent");
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length;
      waiting.bytes += chunk.length;
      if (length > bodyLimit) return tooLarge("sent");
      if (waiting.bytes > waitingLimit) return reject(503, "too many requests at once; try again");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch {
    return reject(400, "the body ended before it was whole");
  } finally {
    waiting.bytes -= length;
  }
}

const unpackers: Readonly<Record<string, (sent: Buffer) => Uint8Array | Rejection>> = {
  identity: (sent) => sent,
  gzip,
};

// One at a time, not in the background: many bombs at once would each hold what they have unpacked so far.
function gzip(sent: Buffer): Uint8Array | Rejection {
  try {
    return gunzipSync(sent, { maxOutputLength: bodyLimit });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return tooLarge("unpacked");
    return reject(
      400,
      `the body is not whole gzip: ${error instanceof Error ? error.message : "it cannot be unpacked"}`,
    );
  }
}

const tooLarge = (when: "sent" | "unpacked"): Rejection =>
  reject(413, `the body is larger than ${bodyLimit} bytes as ${when}; send smaller batches`);
