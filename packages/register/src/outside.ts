import type * as hooks from "node:async_hooks";

const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks") satisfies typeof hooks;

/** Runs work outside of whatever the app does just now: where the process began, before any request and any trace. */
export const outside: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();
