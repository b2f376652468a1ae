import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import type { Context, ContextManager } from "@opentelemetry/api";
import { registered } from "./registered.ts";

/** Sees to it that a run's span is active in the run, if nobody does so already. */
export function claimContext(): void {
  if (registered("context") === undefined) context.setGlobalContextManager(contextManager());
}

/** Keeps the active context along the app's calls, callbacks and promises. */
function contextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) =>
      storage.run(active, () => work.call(self as ThisParameterType<typeof work>, ...args)),
    bind(bound, target) {
      if (typeof target !== "function") return target;
      const call = target as unknown as (...args: unknown[]) => unknown;
      const within = function (this: unknown, ...args: unknown[]): unknown {
        return storage.run(bound, () => call.apply(this, args));
      };
      Object.defineProperty(within, "length", { configurable: true, value: call.length });
      return within as unknown as typeof target;
    },
    enable: () => manager,
    disable() {
      storage.disable();
      return manager;
    },
  };
  return manager;
}
