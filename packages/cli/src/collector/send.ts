import { short } from "@jobtrail/delivery";
import { isTaken, outcomeText } from "./answer.ts";
import type { Outcome } from "./answer.ts";
import { findBinary, lackedBy } from "./binary.ts";
import type { Binary } from "./binary.ts";
import { backendOfPipeline, destinationsOf } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { sendDirectly } from "./direct.ts";
import { failure } from "../errors.ts";
import { sampleName } from "./sample.ts";
import { redactor } from "./secret.ts";
import type { Stack } from "./stack.ts";
import { sendThrough } from "./test-collector.ts";
import type { Environment } from "./variable.ts";

/** The report of a test: a line for each destination, and whether all of them accepted the job. */
export interface Report {
  readonly lines: readonly string[];
  readonly isTaken: boolean;
}

/** Sends a test job to every backend of a stack: through a Collector where there is one, else as the exporter would. */
export async function sendTest(stack: Stack, env: Environment, otelcol: string | undefined): Promise<Report> {
  const destinations = destinationsOf(stack.config);
  const binary = findBinary(otelcol, env);
  const lacked = binary === undefined ? undefined : lackedBy(binary, stack);
  if (lacked !== undefined) throw failure("JOBTRAIL_COLLECTOR_UNUSABLE", { reason: lacked });
  const { uid, outcomes } = await (binary === undefined
    ? sendDirectly(stack, destinations, env)
    : sendThrough(binary.path, stack, destinations, env));
  return {
    lines: [titleOf(uid, binary), ...destinations.map((each, i) => lineOf(each, outcomes[i] ?? "", stack, env))],
    isTaken: outcomes.every((outcome) => typeof outcome !== "string" && isTaken(outcome)),
  };
}

const titleOf = (uid: string, binary: Binary | undefined): string =>
  `Test job ${sampleName}, job.uid ${uid}, sent ${binary === undefined ? "without a Collector" : `by ${binary.path}`}:`;

function lineOf(destination: Destination, outcome: Outcome | string, stack: Stack, env: Environment): string {
  const { backends, config } = stack;
  const {
    signal,
    exporters: [exporter = ""],
  } = destination;
  // One backend needs no name; of several the exporter's id does not say which it is.
  const name = backends.length > 1 ? backendOfPipeline(destination, backends, config)?.name : undefined;
  const text = typeof outcome === "string" ? `not sent. ${outcome}` : outcomeText(outcome, exporter, config);
  return `  ${signal} to ${name === undefined ? exporter : `${name} (${exporter})`}: ${short(redactor(config, env)(text), longest)}`;
}

/** The line holds the backend's message and the advice. */
const longest = 800;
