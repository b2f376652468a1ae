import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { attributes, derivedMetrics, events, metrics, spans } from "../packages/conventions/src/registry.ts";

const root = join(import.meta.dirname, "..");

const sources = globSync(["packages/*/src/**/*.{ts,js}", "collector/{,backends/,fragments/}*.yaml"], { cwd: root })
  .filter((path) => !path.startsWith("packages/conventions/") && !path.endsWith(".test.ts"))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Readers of what was emitted, and tables of all events: what stands only there is emitted by nobody. */
const readers =
  /^packages\/(testing|cli)\/|^packages\/joblog\/src\/(pages\/|view)|^packages\/core\/src\/(fold|group|zone|unnamed|life|ending|merge|state|order|sentence|limit)\.ts$/;

const families = Object.keys(attributes)
  .filter((name) => name.endsWith("<key>"))
  .map((name) => name.slice(0, -"<key>".length));
const known = [attributes, events, metrics, derivedMetrics].flatMap((table) => Object.keys(table));

/** A name, one of a family, or the beginning of some. */
const isKnown = (name: string): boolean =>
  known.includes(name) ||
  families.some((family) => name.startsWith(family)) ||
  known.some((each) => each.startsWith(name.endsWith(".") ? name : `${name}.`));

/** Words of others that read like names: files of watched libraries, event types of schemas, the API's span events. */
const foreign: ReadonlySet<string> = new Set(["job.js", "job.end", "job.ended", "job.queue", "exception.type"]);

/** Whole string literals, and the beginnings of templates, that read like a name of ours. */
const literals = /["`]((?:job|messaging|error|exception|log\.record|http\.response)(?:\.[a-z_]+)+\.?)("|\$\{)/g;

/** Names that a text holds as a string. */
const namesIn = (text: string): string[] => [...text.matchAll(literals)].map(([, name = ""]) => name);

it("uses no name that the registry does not know", () => {
  const unknown = sources.flatMap(({ path, text }) =>
    namesIn(text)
      .filter((name) => !isKnown(name) && !foreign.has(name))
      .map((name) => `${path}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

const used: ReadonlySet<string> = new Set(
  sources.filter(({ path }) => !readers.test(path)).flatMap(({ text }) => namesIn(text)),
);

it.each([
  ["attribute", attributes],
  ["event", events],
  ["metric", metrics],
])("has no %s in the registry that nothing uses", (_, table) => {
  const names = Object.keys(table).map((name) => name.replace(/<key>$/, ""));
  expect(names.filter((name) => !used.has(name))).toEqual([]);
});

it("names spans as the registry says", () => {
  const text = readFileSync(join(root, "packages/core/src/recorder/definition.ts"), "utf8");
  const made = [...text.matchAll(/`([a-z]+|\$\{verb\}) \$\{/g)].map(([, verb]) => verb?.replace("${verb}", "{verb}"));
  expect(new Set(made)).toEqual(new Set(Object.keys(spans).map((name) => name.split(" ")[0])));
});
