/** `pnpm proof:versions`: the conformance suite with every version of the libraries in `libraries.ts`. */
import { parseArgs } from "node:util";
import { judge } from "../../packages/testing/src/verdict.ts";
import { rowOf } from "../../packages/testing/src/harness.ts";
import { recordings } from "../../packages/testing/src/recording.ts";
import type { Case } from "../../packages/testing/src/table.ts";
import { main } from "../../tools/command.ts";
import { installNode } from "../install/install.ts";
import { refuseWith } from "../usage.ts";
import { libraries } from "./libraries.ts";
import { install, triedOf, versionsOf } from "./library.ts";
import type { Library, Tried } from "./library.ts";
import { keep } from "./results.ts";

const help = `pnpm proof:versions [--node 22.15.0]… [library[@version]…]

Runs the conformance suite with every version of the libraries in test/versions, or of those that are named, on this
Node, or on those that are named. Prints each case that does not hold, and ends with 1 where there is one. What was
run is kept in test/versions/results.json; \`pnpm generate\` writes it into docs/reference/systems.md.`;

const refuse = refuseWith(help);
const { values, positionals } = parseArgs({
  options: { node: { type: "string", multiple: true }, help: { type: "boolean" } },
  allowPositionals: true,
});
if (values.help === true) console.log(help);
else
  await main(() => prove(values.node ?? [], positionals.length > 0 ? positionals : libraries.map(({ name }) => name)));

async function prove(nodes: readonly string[], wanted: readonly string[]): Promise<void> {
  using installed = new DisposableStack();
  const on = [];
  for (const version of nodes) on.push({ version, program: installed.use(await installNode(version)).program });
  if (nodes.length === 0) on.push({ version: process.versions.node, program: undefined });
  for (const [library, versions] of wanted.map(chosen)) {
    await install(library);
    for (const version of versions) for (const node of on) await tryOut(triedOf(library, version), node);
  }
}

/** A library and those of its versions that an argument names. */
function chosen(argument: string): readonly [Library, readonly string[]] {
  const [name = "", version] = argument.split("@");
  const library = libraries.find((each) => each.name === name);
  if (library === undefined)
    return refuse(`There is no library ${name}; expected one of ${libraries.map((each) => each.name).join(", ")}.`);
  const versions = versionsOf(library);
  if (version === undefined) return [library, versions];
  if (!versions.includes(version))
    return refuse(`Of ${name} there is no version ${version}; expected one of ${versions.join(", ")}.`);
  return [library, [version]];
}

interface On {
  readonly version: string;
  /** Absent for the one that runs this program. */
  readonly program: string | undefined;
}

async function tryOut({ library, version, harness: given }: Tried, node: On): Promise<void> {
  const harness = { ...given, ...(node.program !== undefined && { node: node.program }) };
  const title = `${library} ${version} on Node ${node.version}`;
  await using service = await given.service?.start();
  const made = recordings(harness, service?.env ?? {});
  const entries = Object.entries(rowOf(harness)) as [Case, ReturnType<typeof rowOf>[Case]][];
  const faults: string[] = [];
  let held = 0;
  const judged = entries.flatMap(([name, entry]) =>
    (["esm", "cjs"] as const).map(async (format) => {
      const look = { harness, recording: (each: Parameters<typeof made>[0]) => made(each, format) };
      try {
        if (await judge(name, entry, look)) held++;
      } catch (error) {
        faults.push(`${title}, ${name}, ${format}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  await Promise.all(judged);
  const cannot = entries.flatMap(([name, entry]) => (entry === "must" ? [] : [name]));
  console.log(
    `${title}: ${faults.length === 0 ? `${held / 2} cases hold` : `${faults.length} of ${judged.length} fail`}`,
  );
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else
    keep({ library, version, node: node.version, date: new Date().toISOString().slice(0, 10), held: held / 2, cannot });
}
