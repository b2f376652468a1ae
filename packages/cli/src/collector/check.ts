import { findBinary, knownFaultOf, lackedBy, refusedBy } from "./binary.ts";
import { diskFaults, diskNotes } from "./disk.ts";
import { meaningOf } from "./meaning.ts";
import { portFaults } from "./port.ts";
import type { Stack } from "./stack.ts";
import { faultsOf, notesOf } from "./value.ts";
import { variablesOf } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** What is looked at beside the variables. */
export interface Extent {
  /** Whether the ports have to be free: not where the Collector runs already. */
  readonly ports: boolean;
  /** The Collector that will be started. */
  readonly otelcol?: string | undefined;
  /** The space that each disk must have, in MiB. */
  readonly freeMib: number;
}

/** What a check found, one line each. */
export interface Findings {
  /** What would keep a stack from running, or lose its data. */
  readonly faults: readonly string[];
  /** What is to be known, and what could not be looked at. */
  readonly notes: readonly string[];
}

/** Looks at all that would keep a stack from running, or lose its data. */
export async function findingsOf(stack: Stack, env: Environment, extent: Extent): Promise<Findings> {
  const disk = diskFaults(stack.config, env, extent.freeMib);
  const faults = [...variableFaults(stack, env), ...disk, ...(extent.ports ? await portFaults(stack.config, env) : [])];
  const notes = [...variableNotes(stack, env), ...(disk.length > 0 ? [] : diskNotes(stack.config, env))];
  const binary = findBinary(extent.otelcol, env);
  if (binary === undefined) return { faults, notes: [...notes, unchecked] };
  const known = knownFaultOf(binary);
  const lacked = lackedBy(binary, stack);
  return {
    faults: lacked !== undefined ? [...faults, lacked] : faults.length > 0 ? faults : refusedBy(binary, stack, env),
    notes: known === undefined ? notes : [...notes, known],
  };
}

const unchecked =
  "No Collector was found: whether it has every component, and accepts the configuration, was not checked. Name it with --otelcol.";

/** The required variables that are missing, and what is wrong with the values of others. */
export function variableFaults(stack: Stack, env: Environment): string[] {
  const variables = variablesOf(stack.config);
  // The Collector takes an unset variable for an empty text, and an empty token for a token.
  const missing = variables.filter(({ name, isRequired }) => isRequired && !env[name]?.trim());
  return [
    ...missing.map((each) => `${each.name} is not set: ${meaningOf(each, stack)}.`),
    ...variables.filter((each) => !missing.includes(each)).flatMap((each) => faultsOf(each, env, stack.config)),
  ];
}

function variableNotes(stack: Stack, env: Environment): string[] {
  const variables = variablesOf(stack.config);
  const headers = variables.find(({ name }) => name === "JOBTRAIL_COLLECTOR_OTLP_HEADERS");
  const unread = "OTEL_EXPORTER_OTLP_HEADERS";
  return [
    ...variables.flatMap((each) => notesOf(each, env)),
    ...(headers !== undefined && env[headers.name] === undefined && env[unread] !== undefined
      ? [
          `${unread} is set, which a Collector does not read. Say the same as a map: ${headers.name}='{x-api-key: "…"}'.`,
        ]
      : []),
  ];
}
