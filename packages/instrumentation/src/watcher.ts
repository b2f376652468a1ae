import { guard } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import { jobsOf } from "./jobs.ts";
import type { Jobs, Watched } from "./jobs.ts";
import { variantOf } from "./system.ts";
import type { JobSystem, Variant } from "./system.ts";
import { applied } from "./tap.ts";
import type { Tap } from "./tap.ts";

/** What is watched of a file: functions, and perhaps what stands in the place of its exports. */
export type Watch = (exports: unknown) => readonly Tap[] | { readonly taps: readonly Tap[]; readonly replace: unknown };

/** How one variant of a job system is watched, file by file. It is called once, so its files can share what they know. */
export type Adapter = (jobs: Jobs) => Readonly<Record<string, Watch>>;

/** A module that was evaluated, or a file of it. */
export interface LoadedFile {
  readonly module: string;
  /** From the package's root; `.` is its entry. */
  readonly file: string;
  readonly version: string | undefined;
  readonly exports: unknown;
}

/** Watches one job system in this process. */
export interface Watcher {
  /** Watches a file if its version is supported. @returns its exports, or what stands in their place. */
  loaded(file: LoadedFile): unknown;
  /** Watches again what was loaded and is not watched. */
  watch(): void;
  /** Puts everything back. */
  undo(): void;
}

/** A file that was loaded; a process may load several copies of one. */
interface Copy extends Watched {
  readonly loaded: LoadedFile;
  readonly watch: Watch;
  replace: unknown;
}

/**
 * Makes a system's watcher.
 * @param adapters the adapter of each variant, by the variant's name.
 */
export const watcherOf =
  (system: JobSystem, adapters: Readonly<Record<string, Adapter>>) =>
  (recorder: Recorder): Watcher => {
    const watched: Watched = { active: true, undos: [] };
    const made = new Map<Variant, readonly [Jobs, ReturnType<Adapter>]>();
    const copies: Copy[] = [];
    const adapterOf = (variant: Variant): ReturnType<Adapter> => {
      const known = made.get(variant);
      if (known !== undefined) return known[1];
      const jobs = jobsOf({ system: system.name, reusesIds: system.reusesIds }, recorder, watched);
      const adapter = adapters[variant.name]?.(jobs) ?? {};
      made.set(variant, [jobs, adapter]);
      return adapter;
    };
    const begin = (copy: Copy): void => {
      if (copy.active || !watched.active) return;
      guard(`${system.name}: watch`, () => {
        const found = copy.watch(copy.loaded.exports);
        const isList = "length" in found;
        if (!isList) copy.replace = found.replace;
        copy.active = true;
        for (const each of isList ? found : found.taps) copy.undos.push(applied(each, system.name));
      });
    };
    return {
      loaded(loaded) {
        const variant = variantOf(system, loaded.module, loaded.version);
        const known = copies.find(
          (copy) =>
            copy.loaded.file === loaded.file &&
            (copy.loaded.exports === loaded.exports || copy.replace === loaded.exports),
        );
        if (known !== undefined) return known.replace;
        const watch = variant && guard(`${system.name}: adapter`, () => adapterOf(variant)[loaded.file]);
        if (watch === undefined) return loaded.exports;
        const copy: Copy = { loaded, watch, replace: loaded.exports, active: false, undos: [] };
        copies.push(copy);
        begin(copy);
        return copy.replace;
      },
      watch() {
        watched.active = true;
        copies.forEach(begin);
      },
      undo() {
        watched.active = false;
        for (const copy of [...copies, watched]) for (const undo of copy.undos.splice(0)) guard("undo", undo);
        for (const copy of copies) copy.active = false;
        for (const [jobs] of made.values()) jobs.abandon("no longer watched");
      },
    };
  };
