import { findBinary, knownFaultOf, lackedBy, refusedBy } from "./binary.ts";
import { diskFaults, diskNotes } from "./disk.ts";
import { descriptionOf } from "./description.ts";
import { portFaults } from "./port.ts";
import type { Stack } from "./stack.ts";
import { faultsOf, notesOf } from "./value.ts";
import { variablesOf } from "./variable.ts";
import type { Environment, Variable } from "./variable.ts";

/** What a check covers beyond the variables. */
export interface CheckOptions {
  /** Whether the ports must be free; false if the Collector already runs. */
  readonly ports: boolean;
  /** The Collector that will be started. */
  readonly otelcol?: string | undefined;
  /** The space that each disk must have, in MiB. */
  readonly freeMib: number;
}

/** The findings of a check, one line each. */
export interface Findings {
  /** Faults that would stop the Collector from starting, or lose data. */
  readonly faults: readonly string[];
  /** Notes, and checks that could not be made. */
  readonly notes: readonly string[];
}

/** Checks everything that would stop a Collector from starting with this stack, or lose data. */
export async function findingsOf(stack: Stack, env: Environment, options: CheckOptions): Promise<Findings> {
  const disk = diskFaults(stack.config, env, options.freeMib);
  const faults = [
    ...variableFaults(stack, env),
    ...disk,
    ...(options.ports ? await portFaults(stack.config, env) : []),
  ];
  const notes = [...variableNotes(stack, env), ...(disk.length > 0 ? [] : diskNotes(stack.config, env))];
  const binary = findBinary(options.otelcol, env);
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

/** The required variables that are missing, and the faults in the values of others. */
export function variableFaults(stack: Stack, env: Environment): string[] {
  const variables = variablesOf(stack.config);
  // The Collector reads an unset variable as an empty text, and accepts an empty token.
  const missing = variables.filter(({ name, isRequired }) => isRequired && !env[name]?.trim());
  return [
    ...missing.map((each) => `${each.name} is not set: ${descriptionOf(each, stack)}${ownersOf(each, stack)}.`),
    ...variables.filter((each) => !missing.includes(each)).flatMap((each) => faultsOf(each, env, stack.config)),
  ];
}

/** The backends that a variable belongs to, where there are several backends. */
function ownersOf({ name }: Variable, { backends }: Stack): string {
  const owners = backends.filter(({ variables }) => variables.has(name)).map((each) => each.name);
  return backends.length < 2 || owners.length === 0 ? "" : ` (${owners.join(", ")})`;
}

function variableNotes(stack: Stack, env: Environment): string[] {
  const variables = variablesOf(stack.config);
  const headers = variables.find(({ name }) => name === "JOBTRAIL_COLLECTOR_OTLP_HEADERS");
  const unread = "OTEL_EXPORTER_OTLP_HEADERS";
  return [
    ...variables.flatMap((each) => notesOf(each, env)),
    ...(headers !== undefined && env[headers.name] === undefined && env[unread] !== undefined
      ? [
          `${unread} is set, but a Collector does not read it. Set the same headers as a map: ${headers.name}='{x-api-key: "…"}'.`,
        ]
      : []),
  ];
}
