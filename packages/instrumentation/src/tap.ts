import { guard, tell } from "@jobtrail/core/recorder";
import { jobtrailAround } from "./around.ts";
import type { Around, Call } from "./around.ts";

/** Takes a change back; a second call does nothing. */
export type Undo = () => void;

/** Sees each call of a function before it is made, and may put something around it. */
export type OnCall = (self: unknown, args: readonly unknown[]) => Around | undefined | void;

/** A function of the library's that is watched. */
export interface Tap {
  readonly holder: unknown;
  readonly name: string;
  readonly on: OnCall;
}

/** Watches a function of an object, a class or a prototype. What does not stand there is left out. */
export const tap = <S, A extends readonly unknown[]>(
  holder: unknown,
  name: string,
  on: (self: S, args: A) => Around | undefined | void,
): Tap => ({ holder, name, on: on as OnCall });

/** Watches what a function has done: called with its object and what it gave, when that is known. */
export const after = <S, A extends readonly unknown[], V = unknown>(
  holder: unknown,
  name: string,
  done: (self: S, value: V, args: A) => unknown,
): Tap => tap<S, A>(holder, name, (self, args) => ({ returned: (value) => done(self, value as V, args) }));

const mark: unique symbol = Symbol.for("jobtrail.wrapped");

/**
 * Puts a wrapper in the place of a function. What is wrapped already, by whichever copy of this
 * package, stays as it is. The undo puts the very same function back; where others have wrapped
 * ours meanwhile, ours steps aside instead.
 * @param system names whose function it is, where something of ours fails.
 */
export function applied(each: Tap, system: string): Undo {
  const state = { active: true };
  const undo = replaced(each, system, state);
  return () => {
    state.active = false;
    undo?.();
  };
}

/** The same for a function of one object, which is not held: there is no undo but the end of the watching. */
export const appliedOnce = (each: Tap, system: string, state: { readonly active: boolean }): void =>
  void replaced(each, system, state);

function replaced(
  { holder: target, name, on }: Tap,
  system: string,
  state: { readonly active: boolean },
): Undo | undefined {
  const holder = target as Record<string, unknown> | undefined | null;
  const original = guard(`${system}: ${name}`, () => holder?.[name]);
  if (holder === undefined || holder === null || typeof original !== "function") return undefined;
  if ((original as { [mark]?: true })[mark] === true) return undefined;
  const wrapped = wrapperOf(original as Call, `${system}: ${name}`, on, state);
  const own = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, {
    ...(own ?? { configurable: true, enumerable: false, writable: true }),
    value: wrapped,
  });
  return () => {
    if (holder[name] !== wrapped) return;
    if (own === undefined) delete holder[name];
    else Object.defineProperty(holder, name, own);
  };
}

/**
 * A function that is handed to the library, or made by it, with something around each of its calls.
 * It has the original's name and number of parameters, by which some libraries choose how to call it.
 * @param state is shared with whoever ends the watching: then the function is called as it is.
 */
export const surrounded = (original: Call, cause: string, on: OnCall, state: { readonly active: boolean }): Call =>
  wrapperOf(original, cause, on, state);

function wrapperOf(original: Call, cause: string, on: OnCall, state: { readonly active: boolean }): Call {
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    if (!state.active) return Reflect.apply(original, this, args);
    let around: Around | undefined | void;
    try {
      around = on(this, args);
    } catch (error) {
      tell(cause, error);
    }
    if (around === undefined) return Reflect.apply(original, this, args);
    return jobtrailAround(around, cause, original, this, args);
  };
  Object.defineProperty(wrapped, "length", { value: original.length, configurable: true });
  Object.defineProperty(wrapped, "name", { value: original.name, configurable: true });
  Object.defineProperty(wrapped, mark, { value: true });
  return wrapped;
}

/**
 * Replaces a function that the library reads from an object, for one call only: so every call knows
 * its own, and nothing is left behind.
 * @param around is put around the function's call; what else it does is around the whole call.
 * @param skipped is called where the library did not call the function.
 */
export function lend(
  holder: object,
  name: string,
  around: Around,
  cause: string,
  skipped: () => void,
): Around | undefined {
  const host = holder as Record<string, unknown>;
  const original = host[name];
  if (typeof original !== "function") return undefined;
  const lent: Call = function (this: unknown, ...args) {
    host[name] = original;
    return jobtrailAround(inner, cause, original as Call, this, args);
  };
  const inner: Around = {
    args: around.args,
    returned: (value) => around.returned?.(value),
    threw: (error) => around.threw?.(error),
    gives: around.gives && ((value) => around.gives?.(value)),
    awaited: around.awaited,
    holds: around.holds,
  };
  return {
    within: (go) => {
      if (!Reflect.set(host, name, lent)) return go();
      try {
        return around.within === undefined ? go() : around.within(go);
      } finally {
        if (host[name] === lent) {
          host[name] = original;
          skipped();
        }
      }
    },
  };
}
