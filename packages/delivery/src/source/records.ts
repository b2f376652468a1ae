import { errorLine } from "@jobtrail/conventions";
import { catalogue } from "../errors.ts";
import { toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { InstrumentationScope, Resource } from "@jobtrail/otlp";
import { deliver, judge, ofItems } from "../deliver.ts";
import type { Delivery, Part } from "../deliver.ts";
import type { Endpoint } from "../endpoint.ts";
import { problemOf } from "../problem.ts";
import type { Settings } from "../problem.ts";

/** Delivers events. */
export interface EventSink {
  /**
   * Resolves once every event is accepted, or refused individually.
   * @throws DeliveryError if the receiver accepts nothing, or if it was stopped before.
   */
  write(events: readonly JobEvent[], stop: AbortSignal): Promise<void>;
}

/** A receiver that accepts nothing more. The message says why and what to do. */
export class DeliveryError extends Error {
  constructor(reason: string) {
    super(errorLine(catalogue, "JOBTRAIL_SEND_FAILED", { problem: reason }));
    this.name = "DeliveryError";
  }
}

/** The receiver of log records, and the callback for refused ones. */
export interface RecordsOptions {
  readonly delivery: Omit<Delivery, "halvedAt" | "stop"> & { readonly endpoint: Endpoint };
  readonly settings: Settings;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  /** Called for records that the receiver refused, with its reason. */
  readonly refused: (records: number, reason: string) => void;
}

/** Records of one request at most. */
const perRequest = 512;

/** A sink that sends events as log records. */
export function recordsTo({ delivery, settings, resource, scope, refused }: RecordsOptions): EventSink {
  const verdict = judge();
  const settle = ({ chunk: { items }, answer }: Part): void => {
    const judged = verdict(answer);
    if (answer.kind === "accepted") {
      const rejected = Math.min(items, answer.rejected);
      if (rejected > 0) refused(rejected, answer.message);
      return;
    }
    const { says, advice } = problemOf(delivery.endpoint, answer, settings);
    if (judged === "stopped") throw new DeliveryError(`${says}. ${advice}`);
    refused(items, `${says}. ${advice}`);
  };
  return {
    async write(events, stop) {
      for (let at = 0; at < events.length; at += perRequest) {
        const records = events
          .slice(at, at + perRequest)
          .map((event) => ({ record: toRecord(event), resource, scope }));
        const chunk = { body: encodeLogs(records, delivery.endpoint.encoding), items: records.length };
        for await (const part of deliver(chunk, { ...delivery, halvedAt: ofItems, stop })) settle(part);
      }
    },
  };
}
