import { guard } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import { variantOf } from "./system.ts";
import type { JobSystem } from "./system.ts";
import type { Undo } from "./tap.ts";
import type { LoadedFile, Watcher } from "./watcher.ts";

/** A file that an adapter watches by itself, until it is moved to the shared lifecycle. */
export interface Target {
  readonly file: string;
  watch(exports: unknown, to: Recorder): Undo;
}

/** The watcher of an adapter that wraps by itself. */
export const watcherOfTargets =
  (system: JobSystem, targets: readonly Target[]) =>
  (recorder: Recorder): Watcher => {
    const copies: { readonly loaded: LoadedFile; readonly target: Target; undo: Undo | undefined }[] = [];
    let active = true;
    const begin = (copy: (typeof copies)[number]): void => {
      if (active && copy.undo === undefined)
        guard(`${system.name}: watch`, () => (copy.undo = copy.target.watch(copy.loaded.exports, recorder)));
    };
    return {
      loaded(loaded) {
        const target = targets.find(({ file }) => file === loaded.file);
        const isKnown = copies.some((copy) => copy.target === target && copy.loaded.exports === loaded.exports);
        if (target === undefined || isKnown || !variantOf(system, loaded.module, loaded.version)) return loaded.exports;
        const copy = { loaded, target, undo: undefined };
        copies.push(copy);
        begin(copy);
        return loaded.exports;
      },
      watch() {
        active = true;
        copies.forEach(begin);
      },
      undo() {
        active = false;
        for (const copy of copies) {
          guard("undo", () => copy.undo?.());
          copy.undo = undefined;
        }
      },
    };
  };
