/** Builds and packs every package into `packs/`, and checks that each tarball is fit to be published. */
import { execFileSync } from "node:child_process";
import { globSync, openAsBlob, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { publint } from "publint";
import type { Message } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "./build.ts";
import { main, run } from "./command.ts";
import { root } from "./workspace.ts";
import type { Manifest } from "./workspace.ts";

const folder = join(root, "packs");

/** Builds and packs all packages; gives the paths of the tarballs. @throws Error where a step fails. */
export function pack(): string[] {
  build();
  rmSync(folder, { recursive: true, force: true });
  run("pnpm", [
    "--filter",
    "./packages/*",
    "--filter",
    "./collector",
    "--filter",
    "./dashboards",
    "--reporter",
    "silent",
    "pack",
    "--pack-destination",
    folder,
  ]);
  return globSync(join(folder, "*.tgz")).sort();
}

/** What makes a tarball unfit, each in one sentence; nothing where it is fit. */
export async function faults(tarball: string): Promise<string[]> {
  const files = tar("-tf", tarball).trimEnd().split("\n");
  const text = tar("-xOf", tarball, "package/package.json");
  const manifest = JSON.parse(text) as Manifest;
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
  const { messages } = await publint({ pack: { tarball: (await openAsBlob(tarball)).stream() } });
  return [
    ...["README.md", "LICENSE"]
      .filter((name) => !files.includes(`package/${name}`))
      .map((name) => `It has no ${name}.`),
    ...(text.includes("@jobtrail/source") ? ["Its manifest names the condition @jobtrail/source."] : []),
    ...ranges
      .filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))
      .map(([name, range]) => `It depends on ${name} as ${range}, which npm cannot install.`),
    ...messages
      .filter(isFault)
      .map((message) => formatMessage(message, { ...manifest }, { color: false }) ?? message.code),
  ];
}

/**
 * The types of `require` are CommonJS over an ES module, which Node can require. publint fears a default export, whose
 * meaning would differ; no package has one.
 */
const isFault = ({ code, path }: Message): boolean =>
  code !== "EXPORTS_TYPES_INVALID_FORMAT" || !path.includes("require");

const tar = (...args: readonly string[]): string => execFileSync("tar", args, { encoding: "utf8" });

async function report(): Promise<void> {
  for (const tarball of pack()) {
    const found = await faults(tarball);
    console.log(`${relative(root, tarball)}  ${Math.ceil(statSync(tarball).size / 1024)} KB`);
    for (const fault of found) console.error(`  ${fault}`);
    if (found.length > 0) process.exitCode = 1;
  }
}

if (import.meta.main) await main(report);
