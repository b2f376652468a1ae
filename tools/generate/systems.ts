import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { events } from "../../packages/conventions/src/registry.ts";
import type { JobSystem, Variant } from "../../packages/instrumentation/src/system.ts";
import { rowOf, variantOf } from "../../packages/testing/src/harness.ts";
import type { Harness } from "../../packages/testing/src/harness.ts";
import { sentences } from "../../packages/testing/src/table.ts";
import type { Case, Entry } from "../../packages/testing/src/table.ts";
import type { Generated } from "./file.ts";
import { results } from "../../test/versions/results.ts";
import { root } from "../workspace.ts";
import { page, table } from "./markdown.ts";

/** A variant of a system, as its package declares it and tests it. */
interface Watched {
  readonly folder: string;
  readonly system: JobSystem;
  readonly variant: Variant;
  readonly harness: Harness;
}

const folders = globSync("packages/instrumentation-*", { cwd: root }).sort();
const watched = (await Promise.all(folders.map(variantsIn))).flat();

/** What is watched, and what the conformance suite proves of it: `docs/reference/systems.md`. */
export function systemsPage(): Generated {
  const names = watched.map(({ variant }) => variant.name);
  return {
    path: "docs/reference/systems.md",
    text: page("each package's src/system.ts and test/harness.ts, and test/versions/results.json", "Job systems", [
      table(
        ["system", "versions", "package", "where context travels"],
        watched.map(({ folder, system, variant }) => [
          variant.name,
          `\`${variant.module}\` ${variant.versions}`,
          `\`@jobtrail/${basename(folder)}\``,
          system.carrier,
        ]),
      ),
      "## What each can see",
      "The suite checks that a system emits these events and no others.",
      table(
        ["event", ...names],
        (Object.keys(events) as (keyof typeof events)[])
          .filter((event) => watched.some(({ variant }) => variant.sees.includes(event)))
          .map((event) => [
            `\`${event}\``,
            ...watched.map(({ variant }) => (variant.sees.includes(event) ? "yes" : "–")),
          ]),
      ),
      "## What the suite proves",
      "Each case runs with the library imported and required. That it fails where it should is proved by planted faults: those of a system on each, the others on croner and Bee-Queue.",
      table(
        ["case", "what it asks", ...names],
        (Object.keys(sentences) as Case[]).map((each) => [
          `\`${each}\``,
          sentences[each],
          ...watched.map(({ harness }) => said(rowOf(harness)[each])),
        ]),
      ),
      "## Versions that were run",
      "The same cases, without the planted faults, with each of these versions (`pnpm proof:versions`). A version between two of them is watched too.",
      table(["library", "version", "cases that hold", "Node", "last run"], tried()),
    ]),
  };
}

/** The versions that were run with the suite, each with the Nodes on which it was. */
function tried(): string[][] {
  const byVersion = Map.groupBy(results(), ({ library, version }) => `${library} ${version}`);
  return [...byVersion.values()].map((all) => [
    all[0]?.library ?? "",
    all[0]?.version ?? "",
    [...new Set(all.map(({ held, cannot }) => `${held} of ${held + cannot.length}`))].join(", "),
    all.map(({ node }) => node).join(", "),
    all
      .map(({ date }) => date)
      .toSorted()
      .at(-1) ?? "",
  ]);
}

async function variantsIn(folder: string): Promise<Watched[]> {
  const exported = (await import(join(root, folder, "test/harness.ts"))) as Readonly<Record<string, Harness>>;
  // Not every loader gives the exports of a module in the same order.
  const harnesses = Object.entries(exported).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return harnesses.map(([, harness]) => {
    const system = harness.system as JobSystem;
    const { name } = variantOf(harness);
    const variant = system.variants.find((each) => each.name === name);
    if (variant === undefined) throw new Error(`${dirname(folder)} has no variant ${name}.`);
    return { folder, system, variant, harness };
  });
}

const said = (entry: Entry): string => (entry === "must" ? "yes" : `no: ${entry.cannot}`);
