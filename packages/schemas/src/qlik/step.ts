import type { JobAttributes } from "@jobtrail/conventions";
import { cut } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { EventBuilder } from "../builder.ts";
import type { QlikBlock, QlikRun } from "./record.ts";

// The record holds all of them; a run that loops may have thousands.
const mostSteps = 100;

/**
 * The blocks that a run has executed, each as a step. The list of the metrics has a part of them only,
 * and is used where the other is not there. The event lists all of them at once, when the run has ended.
 */
export function stepsOf({ blocks, metrics }: QlikRun, time: HrTime | undefined, builder: EventBuilder): JobEvent[] {
  const all = blocks ?? metrics?.blocks ?? [];
  return all.slice(0, mostSteps).map((block, i) => stepOf(block, i + 1, time, builder));
}

function stepOf(block: QlikBlock, number: number, time: HrTime | undefined, builder: EventBuilder): JobEvent {
  const name = textIn(block.blockName) ?? textIn(block.type);
  const attributes: JobAttributes = {
    ...builder.run,
    "job.step.number": number,
    ...(name !== undefined && { "job.step.name": name }),
    "log.record.uid": `${builder.run["job.run.uid"]}-step-${number}`,
  };
  return builder.also("job.run.progress", time, attributes, ownOf(block));
}

function ownOf(block: QlikBlock): Readonly<Record<string, string | number>> {
  const own: Record<string, string | number> = {};
  for (const [key, attribute] of texts) {
    const text = textIn(block[key]);
    if (text !== undefined) own[attribute] = text;
  }
  for (const [key, attribute] of numbers) {
    const number = block[key];
    // What no double holds stands in the record only.
    if (typeof number === "number") own[attribute] = number;
  }
  return own;
}

const texts = [
  ["type", "qlik.block.type"],
  ["snippetId", "qlik.block.snippet_id"],
  ["endpointId", "qlik.block.endpoint_id"],
  ["connectorId", "qlik.block.connector_id"],
] as const;

const numbers = [
  ["duration", "qlik.block.duration"],
  ["rxBytes", "qlik.block.received_bytes"],
  ["txBytes", "qlik.block.sent_bytes"],
  ["apiCalls", "qlik.block.api_calls"],
] as const;

const textIn = (text: string | null | undefined): string | undefined =>
  text === undefined || text === null || text === "" ? undefined : cut(text.toWellFormed(), 128);
