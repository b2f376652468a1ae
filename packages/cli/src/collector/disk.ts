import { mkdtempSync, readdirSync, rmdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { at, scalarsIn, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { inspectQueue } from "./queue.ts";
import { expanded, referencesIn } from "./variable.ts";
import type { Environment } from "./variable.ts";

const mib = 1024 * 1024;

/** Faults that stop the Collector from writing or reading its queues and files, one line each. */
export function diskFaults(config: Config, env: Environment, freeMib: number): string[] {
  const folders = foldersOf(config, env);
  const unusable = folders.map(({ folder, from }) => folderFault(folder, from)).filter((fault) => fault !== undefined);
  if (unusable.length > 0) return [...new Set(unusable)];
  const queues = queuesIn(config, folders);
  return [...queues.flatMap(({ fault }) => fault ?? []), ...spaceFaults(folders, queues, freeMib)];
}

/** A note for each second sink that uses at least half of its disk. */
export function diskNotes(config: Config, env: Environment): string[] {
  const sinks = foldersOf(config, env).filter(({ holds }) => holds === "files");
  return sinks.flatMap(({ folder }) => {
    const share = shareOf(folder);
    return share < noteworthy
      ? []
      : [
          `${folder} uses ${Math.round(share * 100)} % of its disk, and grows: \`jobtrail collector prune ${folder} --older-than 30d\` removes old files.`,
        ];
  });
}

const noteworthy = 0.5;

/** The share of its disk that the files of a folder use, from 0 to 1. */
export function shareOf(folder: string): number {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return 0;
  const { blocks, bsize } = statfsSync(folder);
  const used = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).blocks * 512, 0);
  return blocks === 0 ? 0 : used / (blocks * bsize);
}

interface Folder {
  readonly folder: string;
  readonly from: string;
  readonly holds: "queues" | "files";
}

/** The folders of the queues, and those of the files that are written. */
const foldersOf = (config: Config, env: Environment): Folder[] =>
  [...Object.entries(config.extensions), ...Object.entries(config.exporters)]
    .flatMap(([id, value]) => scalarsIn(value, [id]))
    .flatMap(({ path: [id = "", ...keys], text }): Folder[] => {
      const from = referencesIn(text)[0]?.name ?? `${id}.${keys.join(".")}`;
      const value = expanded(text, env);
      if (typeOf(id) === "file_storage" && keys.at(-1) === "directory")
        return [{ folder: value, from, holds: "queues" }];
      return typeOf(id) === "file" && keys.join() === "path" ? [{ folder: dirname(value), from, holds: "files" }] : [];
    });

/** The nearest parent folder that exists. The Collector creates the rest. */
function nearestParent(folder: string): string {
  let there = resolve(folder);
  while (statSync(there, { throwIfNoEntry: false }) === undefined && dirname(there) !== there) there = dirname(there);
  return there;
}

function folderFault(folder: string, from: string): string | undefined {
  const there = nearestParent(folder);
  if (!statSync(there).isDirectory()) return `${there} is a file; ${from} needs a folder there. Name another.`;
  try {
    // Try to write: the permissions of a folder do not show that its disk is mounted read-only.
    rmdirSync(mkdtempSync(join(there, ".jobtrail-")));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC") return `${there} has no space left. Free some, or set ${from} to another folder.`;
    return `${there} cannot be written by this user (${code}), and ${resolve(folder)} has to be created there. Make the user its owner, or set ${from} to another folder.`;
  }
}

interface Queue {
  readonly path: string;
  /** The size of the file that compaction writes. */
  readonly liveBytes: number;
  readonly fault?: string;
}

/** The files that the exporters of a configuration open: each is named after its exporter and signal. */
function queuesIn({ exporters }: Config, folders: readonly Folder[]): Queue[] {
  const prefixes = Object.entries(exporters)
    .filter(([, settings]) => at(settings, ["sending_queue", "storage"]) !== undefined)
    .map(([id]) => `exporter_${id.replace("/", "_")}_`);
  const paths = folders
    .filter(({ folder, holds }) => holds === "queues" && statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap(({ folder }) => readdirSync(folder).map((name) => ({ name, path: join(folder, name) })))
    .filter(({ name, path }) => prefixes.some((prefix) => name.startsWith(prefix)) && statSync(path).isFile());
  return [...new Set(paths.map(({ path }) => path))].map(queueAt);
}

function queueAt(path: string): Queue {
  try {
    const { liveBytes, damage } = inspectQueue(path);
    return { path, liveBytes, ...(damage !== undefined && { fault: damageText(path, damage) }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path, liveBytes: 0, fault: `${path} cannot be read by this user (${code}). Make the user its owner.` };
  }
}

const damageText = (path: string, damage: string): string =>
  `${path} is damaged (${damage}): no Collector starts with it. Move it away (mv ${path} ${path}.damaged), start, then send its records again with \`jobtrail collector resend\`.`;

/**
 * A Collector that starts on a full disk silently drops the records that it was sending when it ended. It rewrites
 * those records, and compaction rewrites each queue's file, one after the other.
 */
function spaceFaults(folders: readonly Folder[], queues: readonly Queue[], freeMib: number): string[] {
  const disks = new Map(folders.map((each) => [statSync(nearestParent(each.folder)).dev, each]));
  return [...disks.values()].flatMap(({ folder, from }) => {
    const there = nearestParent(folder);
    const { bavail, bsize } = statfsSync(there);
    const { dev } = statSync(there);
    const here = queues.filter(({ path }) => statSync(path).dev === dev).map(({ liveBytes }) => liveBytes);
    const needed = freeMib * mib + Math.max(0, ...here);
    const free = bavail * bsize;
    if (free >= needed) return [];
    return [
      `${there} has ${Math.floor(free / mib)} MiB free; expected ${Math.ceil(needed / mib)} MiB: ${freeMib} (--free), and the size of the fullest queue, which is rewritten at start. Free some, or set ${from} to another disk: a Collector that starts without it drops the records that it was sending.`,
    ];
  });
}
