import { expect } from "vitest";
import { argumentsOf } from "../../../packages/cli/src/collector/print.ts";
import type { Stack } from "../../../packages/cli/src/collector/stack.ts";
import { startCollector } from "../collector.ts";
import type { Collector } from "../collector.ts";
import type { Vendor } from "./row.ts";
import type { Sample } from "./sample.ts";
import type { StandIn } from "./standin.ts";

/** Starts a stack that sends to a stand-in, as a user of the vendor would, with settings over it. */
export function startStack(
  stack: Stack,
  vendor: Vendor,
  standIn: StandIn,
  over: readonly string[] = [],
): Promise<Collector> {
  const exporters = Object.keys(stack.config.exporters).filter((id) => id.startsWith("otlp_"));
  return startCollector({
    config: stack.files,
    env: { ...vendor.env, ...standIn.env, JOBTRAIL_COLLECTOR_FSYNC: "false" },
    args: [
      ...argumentsOf(stack).slice(stack.files.length),
      ...over.map((each) => `--set=${each}`),
      // Nothing more comes, so that to wait for more would only take time.
      ...exporters.map((id) => `--set=exporters::${id}::sending_queue::batch::flush_timeout=100ms`),
    ],
  });
}

/** Sends a sample to a Collector, which has to take it. */
export async function send({ http }: Collector, { signal, type, body }: Sample): Promise<void> {
  const headers = { "content-type": type };
  const response = await fetch(`${http}/v1/${signal}`, { method: "POST", headers, body: Buffer.from(body) });
  const text = await response.text();
  expect({ status: response.status, text: response.ok ? "" : text }).toEqual({ status: 200, text: "" });
}
