import { diag } from "@jobtrail/core/recorder";
import type { InstrumentationClass, JobtrailConfig } from "@jobtrail/instrumentation";
import { variantOf } from "@jobtrail/instrumentation/system";
import type { JobSystem } from "@jobtrail/instrumentation/system";
import { systems } from "./systems.ts";

/** How `@jobtrail/register` takes a module, where it was started. */
type Passed = (name: string, exports: unknown, version: string) => void;

type Watch = (name: string, module: object, version: string, options?: JobtrailConfig) => void;

/** Makes a function that watches a module by the class of its system, or through `@jobtrail/register` where that was started. */
export const watchBy =
  (classes: readonly InstrumentationClass[]): Watch =>
  (name, module, version, options = {}) => {
    const system = systems.find(({ variants }) => variants.some((variant) => variant.module === name));
    const fault = faultOf(name, version, system);
    if (fault !== undefined) return diag.warn(`jobtrail: ${fault}`);
    const { [Symbol.for("jobtrail.watch")]: passed } = globalThis as { [key: symbol]: Passed | undefined };
    if (passed !== undefined) return passed(name, module, version);
    for (const Instrumentation of classes)
      if (new Instrumentation({ enabled: false }).system === system)
        new Instrumentation(options).watch(name, module, version);
  };

function faultOf(name: string, version: string, system: JobSystem | undefined): string | undefined {
  if (system === undefined) return `${name} is not watched.`;
  if (system.bundled?.isWhole !== true)
    return `${name} cannot be watched within a bundle: mark it as external, so that it is loaded from node_modules.`;
  if (variantOf(system, name, version) !== undefined) return undefined;
  const ranges = system.variants.flatMap((variant) => (variant.module === name ? [variant.versions] : []));
  return `${name} ${version} is not watched: supported is ${ranges.join(" or ")}.`;
}
