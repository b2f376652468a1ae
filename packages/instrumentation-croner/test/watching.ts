import { createRequire } from "node:module";
import { join } from "node:path";
import type { JobEvent } from "@jobtrail/core/event";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { RecorderOptions } from "@jobtrail/core/recorder";
import { startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { Cron as Cron11 } from "croner";
import type { CronCallback, CronOptions } from "croner";
import { Cron as Cron10 } from "croner-10";
import { vi } from "vitest";
import { watcher } from "../src/watch.ts";

/** The class of both versions: what tests use of it is the same. */
export type Class = new (pattern: string | Date, options: CronOptions | CronCallback, work?: CronCallback) => Cron11;

/** Another version, which test/versions has installed. */
const other = process.env["OTHER_VERSION"];
const installed = (version: string): { readonly Cron: Class } =>
  createRequire(join(import.meta.dirname, "../../../.cache/versions/croner", version, "app.js"))("croner") as {
    readonly Cron: Class;
  };

/** Every major version that is watched and that the workspace installs, or the other one. */
export const versions: readonly (readonly [string, Class])[] =
  other === undefined
    ? [
        ["croner 11", Cron11],
        ["croner 10", Cron10 as unknown as Class],
      ]
    : [[`croner ${Number.parseInt(other)}`, installed(other).Cron]];

/** The versions, without those of some majors. */
export const but = (...majors: readonly number[]): typeof versions =>
  versions.filter(([title]) => !majors.some((major) => title === `croner ${major}`));

/** The fastest pattern that there is. */
export const everySecond = "* * * * * *";

/** One version of croner, watched; what it makes is stopped at the end. */
export interface Watching extends Telemetry {
  make(...given: ConstructorParameters<Class>): Cron11;
  /** What was told, in words. */
  told(...keys: readonly (keyof JobEvent["attributes"])[]): readonly unknown[];
  undo(): void;
}

/** Watches a version of croner, and nothing global. */
export function watching(Cron: Class, options: RecorderOptions = {}): Watching {
  const telemetry = startTelemetry();
  const scope = { name: "@jobtrail/instrumentation-croner", version: "0" };
  const to = createRecorder(scope, options, sdkSink(telemetry.providers));
  const watching = watcher(to);
  watching.loaded({ module: "croner", file: ".", version: "11.0.1", exports: { Cron } });
  const undo = (): void => watching.undo();
  const made: Cron11[] = [];
  return {
    ...telemetry,
    undo,
    make(...given) {
      const cron = new Cron(...given);
      made.push(cron);
      return cron;
    },
    told: (...keys) =>
      telemetry.events().map(({ name, attributes }) => [name, ...keys.map((key) => attributes[key])].filter(isSaid)),
    async [Symbol.asyncDispose]() {
      for (const cron of made) cron.stop();
      undo();
      vi.useRealTimers();
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

const isSaid = (value: unknown): boolean => value !== undefined;

/** Half a second before the full minute where tests begin, when time is theirs. */
export const beginning: number = Date.UTC(2030, 0, 1, 11, 59, 59, 500);

/** A second of that minute, as ISO 8601 writes it. */
export const second = (seconds: number): string => new Date(beginning + 500 + seconds * 1000).toISOString();

/** Stops the clock at the beginning; `pass` lets time pass, and what is due happen. */
export function stopTheClock(): void {
  vi.useFakeTimers({ now: beginning, toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
}

/** Lets so many seconds pass, timer by timer. */
export const pass = async (seconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
};

/** The event loop stands still for so many seconds. */
export const block = (seconds: number): void => {
  vi.setSystemTime(Date.now() + seconds * 1000);
};
