import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder on a disk that is soon full. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** What the reason of a store that cannot write here says. */
  readonly reason: RegExp;
  /** Lets the process with this id fill it. */
  limit(pid: number): void;
  /** Makes space again. */
  free(pid: number): void;
  /** Lets nobody write here any more; nothing may be open. */
  makeReadOnly(): void;
}

/** A file system of four mebibytes where this user may mount one; else a folder whose files may not grow. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-disk-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return mount(folder) ? fileSystem(folder, remove) : limitedFiles(folder, remove);
}

function mount(folder: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fileSystem(folder: string, remove: () => void): SmallDisk {
  const ballast = join(folder, "ballast");
  return {
    folder,
    reason: /database or disk is full: the disk is full; free some space/,
    limit: () => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024)),
    free: () => rmSync(ballast),
    makeReadOnly: () => void execFileSync("mount", ["-o", "remount,ro", folder]),
    [Symbol.dispose]() {
      execFileSync("umount", [folder]);
      remove();
    },
  };
}

const limitedFiles = (folder: string, remove: () => void): SmallDisk => ({
  folder,
  reason: /disk I\/O error: reading or writing failed; check the disk/,
  limit: (pid) => void execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${1024 * 1024}:`]),
  free: (pid) => void execFileSync("prlimit", [`--pid=${pid}`, "--fsize=unlimited:"]),
  makeReadOnly: () => setModes(folder, 0o444, 0o555),
  [Symbol.dispose]() {
    setModes(folder, 0o644, 0o755);
    remove();
  },
});

function setModes(folder: string, files: number, own: number): void {
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), files);
  chmodSync(folder, own);
}
