import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type * as api from "@opentelemetry/api";
import type { Context, ContextManager } from "@opentelemetry/api";
import { registered } from "@jobtrail/core/recorder";
import { mainFile } from "./service.ts";

/** The parts of the API that register something for the whole process. API 1.9 has no logs. */
export type Api = Pick<typeof api, "context" | "metrics" | "propagation" | "trace"> & Partial<Pick<typeof api, "logs">>;

/**
 * The app's own copy of the API; undefined where it has none. The first that registers something decides which version
 * may: whatever we register is registered through that copy, so that the app's SDK is never refused.
 */
export function appsApi(main: string | undefined = mainFile()): Api | undefined {
  try {
    return createRequire(main ?? join(process.cwd(), "app.js"))("@opentelemetry/api") as Api;
  } catch {
    return undefined;
  }
}

/**
 * Makes a run's span the active one for the app's own calls of the API, if nobody has a context manager and the app has
 * no SDK that may start later: an SDK finds every place as it would without Jobtrail. What Jobtrail itself needs is kept
 * apart, so that nothing else is lost by it.
 */
export function claimContext(): void {
  // This is called for each event; what is installed stays what it is.
  if (isClaimed || registered("context") !== undefined) return;
  isClaimed = true;
  if (!hasSdk()) appsApi()?.context.setGlobalContextManager(contextManager());
}

let isClaimed = false;

/** Whether an SDK is installed beside the app's main file. */
function hasSdk(): boolean {
  const { resolve } = createRequire(mainFile() ?? join(process.cwd(), "app.js"));
  return ["sdk-node", "sdk-trace", "sdk-trace-node", "sdk-trace-base"].some((name) => {
    try {
      return resolve(`@opentelemetry/${name}`) !== "";
    } catch {
      return false;
    }
  });
}

/** Keeps the active context along the app's calls, callbacks and promises. */
export function contextManager(): ContextManager {
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
