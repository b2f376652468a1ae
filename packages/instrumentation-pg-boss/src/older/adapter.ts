import type { Adapter, Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import { innerFiles } from "../inner.ts";
import { sending } from "./send.ts";
import { working } from "./run.ts";

const watch = (exports: unknown, jobs: Jobs): readonly Tap[] => {
  const { default: imported = exports } = exports as { readonly default?: unknown };
  const { prototype } = imported as { readonly prototype?: unknown };
  return [...sending(prototype, jobs), ...working(prototype, jobs)];
};

/** pg-boss 10 and 11: all jobs pass one class, which makes no spans. */
export const commonjs: Adapter = (jobs) => ({ "src/manager.js": (exports) => watch(exports, jobs) });

/** pg-boss 12 before it had spans of its own. */
export const esm: Adapter = (jobs) => ({
  "dist/manager.js": (exports) => watch(exports, jobs),
  // A CommonJS app that has no loader hooks gets the entry alone; the file behind it is loaded by then.
  ".": (exports) => [...innerFiles(exports, ["dist/manager.js"]).values()].flatMap((found) => watch(found, jobs)),
});
