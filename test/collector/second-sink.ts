import { createReadStream, globSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";

/** Where the second sink of a Collector is. */
export const secondSinkOf = ({ data }: { readonly data: string }): string => join(data, "second-sink");

/** What a second sink holds, a request at a time, the oldest file first. */
export async function* recordsIn(folder: string): AsyncGenerator<readonly Received[]> {
  // The file that is written to has no time in its name, and `.` is after `-`.
  for (const path of globSync("*.jsonl", { cwd: folder }).sort())
    for await (const line of createInterface(createReadStream(join(folder, path)))) yield* requestsIn(line);
}

/**
 * Where a kill has left two requests on one line both are given; a part of one is passed over, for it cannot have
 * been acknowledged.
 */
const requestsIn = (line: string): (readonly Received[])[] =>
  line.split(/(?=\{"resourceLogs":)/).flatMap((request) => {
    const decoded = decodeLogs(Buffer.from(request), "json");
    return isRefusal(decoded) ? [] : [decoded.records];
  });
