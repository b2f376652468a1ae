// The hooks of ES modules in Node's loader thread, for a Node whose hooks in the thread itself are not sound yet.
import type { InitializeHook, LoadHook } from "node:module";
import { placing, resolving, telling } from "./hooks.ts";
import type { PlaceOf, Wanted } from "./hooks.ts";

let placeOf: PlaceOf = () => undefined;

/** Is told which files are wanted. */
export const initialize: InitializeHook<readonly Wanted[]> = (wanted) => {
  placeOf = placing(wanted);
};

/** Resolves the statement that hands over a module's namespace. */
export const resolve: typeof resolving = resolving;

/** Adds that statement to a wanted file. */
export const load: LoadHook = async (url, context, next) => telling(url, await next(url, context), placeOf);
