import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal, toRecord } from "@jobtrail/core/event";
import type { LogData } from "@jobtrail/core/event";
import { decodeLogs, encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { schemas } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { startCollector } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { secondSinkOf } from "./second-sink.ts";

/** The schemas that the Collector has a mapping for. */
export type Mapped = "product-live" | "qlik";

/** When the records of the tests were learned of, unless they say. */
export const seen: HrTime = [1_790_000_000, 123_456_789];

/** The pipeline of a mapping: what a receiver's file feeds, fed by OTLP instead. */
export const fedByOtlp = (schema: Mapped): string => {
  const id = schema.replaceAll("-", "_");
  return `yaml:
service:
  pipelines:
    logs/in: {processors: [memory_limiter, transform/${id}], exporters: [forward/${id}]}
`;
};

/** What the Collector with a schema's mapping makes of bodies: the records for each, by their uids. */
export async function mapped(schema: Mapped, bodies: readonly unknown[]): Promise<readonly (readonly LogData[])[]> {
  const config = ["base.yaml", `mappings/${schema}.yaml`, fedByOtlp(schema)];
  await using collector = await startCollector({ config });
  for (const numbers of requestsOf(bodies)) await send(collector.http, bodies, numbers);
  // What waits to be written is written when it ends.
  await collector.stop();
  const failed = collector
    .log()
    .split("\n")
    .filter((line) => line.includes("failed to execute statement"));
  // Its parser alone may say that a text is no JSON.
  if (failed.some((line) => !line.includes("ParseJSON"))) throw new Error(failed.join("\n"));
  const found: LogData[][] = bodies.map(() => []);
  for (const { record, resource } of keptBy(collector)) found[Number(resource.attributes["number"])]?.push(record);
  return found.map(sorted);
}

/** What a Collector that has ended has in its second sink. Only a line feed ends a line: texts hold other ends of lines. */
export const keptBy = (collector: Collector): Received[] =>
  globSync("*.jsonl", { cwd: secondSinkOf(collector) })
    .flatMap((path) => readFileSync(join(secondSinkOf(collector), path), "utf8").split("\n"))
    .filter((line) => line !== "")
    .flatMap((line) => {
      const decoded = decodeLogs(Buffer.from(line), "json");
      if (isRefusal(decoded) || decoded.refused.length > 0) throw new Error(`The second sink holds ${line}`);
      return decoded.records;
    });

// A request may have 20 MiB; a character has at most three bytes.
const mostCharacters = 4 * 1024 * 1024;

/** Which bodies go together in a request. */
function requestsOf(bodies: readonly unknown[]): readonly (readonly number[])[] {
  const requests: number[][] = [];
  let room = 0;
  for (const [i, body] of bodies.entries()) {
    const size = typeof body === "string" ? body.length : 0;
    if (size > room || requests.length === 0) {
      requests.push([]);
      room = mostCharacters;
    }
    room -= size;
    requests.at(-1)?.push(i);
  }
  return requests;
}

async function send(url: string, bodies: readonly unknown[], numbers: readonly number[]): Promise<void> {
  const records = numbers.map((number) => ({
    record: { observed: seen, severity: 0, body: bodies[number], attributes: {} },
    resource: { attributes: { number } },
    scope: { name: "" },
  }));
  const answer = await fetch(`${url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: new Uint8Array(encodeLogs(records, "protobuf")),
  });
  if (!answer.ok) throw new Error(`The Collector answers ${answer.status}: ${await answer.text()}`);
}

/** What a schema reads from a text, as records, but for what no mapping tells; nothing where it is refused. */
export function readBy(schema: Mapped, text: string): readonly LogData[] | undefined {
  const record = schemas[schema]?.parse(text);
  if (record === undefined || isRefusal(record)) return undefined;
  return sorted((schemas[schema]?.read(record, seen) ?? []).map(toRecord).filter((each) => !isUntold(each)));
}

/** What schemas read and mappings do not tell: Qlik's blocks as steps. One record of them stands on the run's end. */
const isUntold = ({ attributes }: LogData): boolean => attributes["job.step.number"] !== undefined;

/** The reason for which a body has passed through unread; nothing where it was read. */
export const reasonIn = (records: readonly LogData[]): string | undefined => {
  const [first] = records;
  const anomaly = first?.eventName === undefined ? first?.attributes["job.record.anomaly"] : undefined;
  return typeof anomaly === "string" ? anomaly.replace("the Collector's mapping does not read it: ", "") : undefined;
};

/** The order in which pipelines end is nobody's; that of attributes neither. */
const sorted = (records: readonly LogData[]): LogData[] =>
  records
    .map((record) => ({
      ...record,
      attributes: Object.fromEntries(Object.entries(record.attributes).toSorted(([a], [b]) => a.localeCompare(b))),
    }))
    .sort((a, b) => uidOf(a).localeCompare(uidOf(b)));

const uidOf = ({ attributes }: LogData): string => String(attributes["log.record.uid"]);
