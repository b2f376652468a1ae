import { guard } from "@jobtrail/core/recorder";
import type { Undo } from "./tap.ts";

/** Any function, as it stands on a prototype or among exports. */
export type Call = (this: unknown, ...args: readonly unknown[]) => unknown;

const mark: unique symbol = Symbol.for("jobtrail.wrapped");

/**
 * Puts a wrapper in the place of a function. What is wrapped already, by whichever copy of this
 * package, stays as it is. The undo puts the very same function back; where others have wrapped
 * ours meanwhile, ours steps aside instead.
 * @param make gives the wrapper of the original; if it throws, nothing is changed.
 */
export function wrap(target: unknown, name: string, make: (original: Call) => Call): Undo {
  const holder = target as Record<string, unknown> | undefined | null;
  const original = holder?.[name];
  if (holder === undefined || holder === null || typeof original !== "function") return () => undefined;
  if ((original as { [mark]?: true })[mark] === true) return () => undefined;
  const wrapper = guard(`wrapping ${name}`, () => make(original as Call));
  if (wrapper === undefined) return () => undefined;
  let active = true;
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    return (active ? wrapper : (original as Call)).apply(this, args as unknown[]);
  };
  Object.defineProperty(wrapped, "length", { value: original.length, configurable: true });
  Object.defineProperty(wrapped, "name", { value: original.name, configurable: true });
  Object.defineProperty(wrapped, mark, { value: true });
  const own = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, {
    ...(own ?? { configurable: true, enumerable: false, writable: true }),
    value: wrapped,
  });
  return () => {
    active = false;
    if (holder[name] !== wrapped) return;
    if (own === undefined) delete holder[name];
    else Object.defineProperty(holder, name, own);
  };
}

/** One undo for several. */
export const all =
  (undos: readonly Undo[]): Undo =>
  () => {
    for (const undo of undos) guard("undo", undo);
  };

/**
 * Looks at what a call returned, now or when its promise settles, and hands it on as it is: a
 * rejection that nobody handles is still reported as unhandled.
 */
export function outcome(
  cause: string,
  result: unknown,
  done: (value: unknown) => void,
  failed: (thrown: unknown) => void,
): unknown {
  if (!(result instanceof Promise)) {
    guard(cause, () => done(result));
    return result;
  }
  return result.then(
    (value: unknown) => {
      guard(cause, () => done(value));
      return value;
    },
    (thrown: unknown) => {
      guard(cause, () => failed(thrown));
      throw thrown;
    },
  );
}
