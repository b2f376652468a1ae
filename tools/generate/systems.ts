import { events } from "../../packages/conventions/src/registry.ts";
import { systems } from "../../packages/register/src/systems.ts";
import { sentences, table as cases } from "../../packages/testing/src/table.ts";
import type { Case, Entry } from "../../packages/testing/src/table.ts";
import type { Generated } from "../generate.ts";
import { page, table } from "./markdown.ts";

const watched = systems.map(({ name, Instrumentation }) => ({
  name,
  system: new Instrumentation({ enabled: false }).system,
}));

/** What is watched, and what the conformance suite proves of it: `docs/reference/systems.md`. */
export const systemsPage = (): Generated => ({
  path: "docs/reference/systems.md",
  text: page("packages/register/src/systems.ts, each JobSystem and packages/testing/src/table.ts", "Job systems", [
    table(
      ["system", "versions", "package", "where context travels"],
      watched.map(({ name, system }) => [
        `\`${system.name}\``,
        [...new Set(system.targets.flatMap(({ versions }) => versions))].join(", "),
        `\`@jobtrail/instrumentation-${name}\``,
        system.carrier,
      ]),
    ),
    "## What each can see",
    "The suite checks that a system emits these events and no others.",
    table(
      ["event", ...watched.map(({ system }) => system.name)],
      (Object.keys(events) as (keyof typeof events)[])
        .filter((event) => watched.some(({ system }) => system.sees.includes(event)))
        .map((event) => [`\`${event}\``, ...watched.map(({ system }) => (system.sees.includes(event) ? "yes" : "–"))]),
    ),
    "## What the suite proves",
    "Each case runs with the library imported and required, and against planted faults, under which it must fail.",
    table(
      ["case", "what it asks", ...watched.map(({ system }) => system.name)],
      (Object.keys(sentences) as Case[]).map((each) => [
        `\`${each}\``,
        sentences[each],
        ...watched.map(({ system }) => said(cases[system.name]?.[each])),
      ]),
    ),
  ]),
});

function said(entry: Entry | undefined): string {
  if (entry === undefined) return "not tested";
  return entry === "must" ? "yes" : `no: ${entry.cannot}`;
}
