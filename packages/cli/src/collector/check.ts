import { findBinary, lackedBy, refusedBy } from "./binary.ts";
import { diskFaults } from "./disk.ts";
import { meaningOf } from "./meaning.ts";
import { portFaults } from "./port.ts";
import type { Stack } from "./stack.ts";
import { faultsOf } from "./value.ts";
import { variablesOf } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** What is looked at beside the variables. */
export interface Extent {
  /** Whether the ports have to be free: not where the Collector runs already. */
  readonly ports: boolean;
  /** The Collector that will be started. */
  readonly otelcol?: string | undefined;
}

/** All that would keep a stack from running, or lose its data, one line each. */
export async function faultsIn(stack: Stack, env: Environment, { ports, otelcol }: Extent): Promise<string[]> {
  const faults = [
    ...variableFaults(stack, env),
    ...diskFaults(stack.config, env),
    ...(ports ? await portFaults(stack.config, env) : []),
  ];
  const binary = findBinary(otelcol, env);
  if (binary === undefined) return faults;
  const lacked = lackedBy(binary, stack);
  if (lacked !== undefined) return [...faults, lacked];
  if (faults.length > 0) return faults;
  return refusedBy(binary, stack, env);
}

/** The required variables that are missing, and what is wrong with the values of others. */
export function variableFaults(stack: Stack, env: Environment): string[] {
  const variables = variablesOf(stack.config);
  // The Collector takes an unset variable for an empty text, and an empty token for a token.
  const missing = variables.filter(({ name, isRequired }) => isRequired && !env[name]?.trim());
  return [
    ...missing.map((each) => `${each.name} is not set: ${meaningOf(each, stack)}.`),
    ...variables.filter((each) => !missing.includes(each)).flatMap((each) => faultsOf(each, env)),
  ];
}
