/**
 * `pnpm release:version`: raises the version of every package as the changesets say, and moves what
 * they tell users into `CHANGELOG.md`.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, run } from "./command.ts";
import { packages, root } from "./workspace.ts";

/** How much a change asks of users, the largest first. */
const kinds = { major: "Breaking", minor: "New", patch: "Fixed" } as const;

type Kind = keyof typeof kinds;

/** The text of one changeset for users. */
export interface Change {
  readonly kind: Kind;
  readonly text: string;
}

/** A changeset's kind and text. @throws Error where a file is none. */
export function changeIn(file: string, text: string): Change {
  const match = /^---\n(?<head>[^]*?)\n---\n(?<body>[^]*)$/.exec(text);
  const found = Object.keys(kinds).find((kind) => match?.groups?.["head"]?.includes(`: ${kind}`));
  const body = match?.groups?.["body"]?.trim();
  if (found === undefined || !body)
    throw new Error(
      `${file} is no changeset: it needs a package with major, minor or patch between two lines "---", and a sentence below. Write it with pnpm changeset.`,
    );
  return { kind: found as Kind, text: body };
}

/** The changelog with a new version on top of the others. */
export function released(changelog: string, version: string, day: string, changes: readonly Change[]): string {
  const sections = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const own = changes.filter((change) => change.kind === kind);
    return own.length === 0 ? [] : [`### ${kinds[kind]}\n\n${own.map(({ text }) => item(text)).join("\n")}`];
  });
  const [intro = "", ...older] = changelog.trimEnd().split(/\n(?=## )/);
  return `${[intro.trimEnd(), [`## ${version} (${day})`, ...sections].join("\n\n"), ...older.map((each) => each.trimEnd())].join("\n\n")}\n`;
}

const item = (text: string): string => `- ${text.replaceAll("\n", "\n  ")}`;

function release(day: string): void {
  const path = join(root, "CHANGELOG.md");
  const changes = globSync(".changeset/*.md", { cwd: root })
    .filter((file) => !file.endsWith("README.md"))
    .sort()
    .map((file) => changeIn(file, readFileSync(join(root, file), "utf8")));
  if (changes.length === 0) throw new Error("There is no changeset, so there is nothing to release.");
  run("pnpm", ["exec", "changeset", "version"]);
  const version = packages()[0]?.manifest.version ?? "";
  writeFileSync(path, released(existsSync(path) ? readFileSync(path, "utf8") : "# Changelog\n", version, day, changes));
  run("pnpm", ["generate"]);
  run("pnpm", ["format"]);
}

if (import.meta.main) await main(() => release(new Date().toISOString().slice(0, 10)));
