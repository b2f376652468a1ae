import { tell } from "@jobtrail/core/recorder";
import { deeper, shallower, stripped } from "./stack.ts";

/** Any function, as it stands on a prototype or among exports. */
export type Call = (this: unknown, ...args: readonly unknown[]) => unknown;

/** What is done around one call of the library's. Whatever one of these throws never reaches the host. */
export interface Around {
  /** The arguments to call with, where they are to be others. */
  readonly args?: readonly unknown[] | undefined;
  /** Makes the call at another point: inside a context, or while something is lent. It must call `go` itself. */
  readonly within?: ((go: () => unknown) => unknown) | undefined;
  /** Sees what the call gave, now or when its promise is fulfilled. */
  readonly returned?: ((value: unknown) => unknown) | undefined;
  /** Sees what the call threw, or what its promise was rejected with. */
  readonly threw?: ((error: unknown) => unknown) | undefined;
  /** What the caller is given instead of what the call gave. */
  readonly gives?: ((value: unknown) => unknown) | undefined;
  /** The caller awaits the result, so that a promise may stand for a lazy thenable, which is asked once, in the call's context. */
  readonly awaited?: true | undefined;
  /** The caller waits for the promise that `returned` or `threw` gives. */
  readonly holds?: true | undefined;
}

/**
 * Makes a call with something around it. The function is called once, whatever `within` does; its
 * result or error reaches the caller as it is, but for our frames in the error's stack.
 */
export function jobtrailAround(
  around: Around,
  cause: string,
  original: Call,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let isMade = false;
  let hasThrown = false;
  let value: unknown;
  let thrown: unknown;
  const jobtrailCall = (): unknown => {
    if (isMade) return value;
    isMade = true;
    try {
      return (value = asked(around, Reflect.apply(original, self, around.args ?? args)));
    } catch (error) {
      hasThrown = true;
      thrown = error;
      return undefined;
    }
  };
  if (around.within === undefined) jobtrailCall();
  else {
    deeper();
    try {
      around.within(jobtrailCall);
    } catch (error) {
      tell(cause, error);
    }
    jobtrailCall();
    shallower();
  }
  return hasThrown ? throwOn(thrown, around, cause) : handOn(value, around, cause);
}

/** A thenable that is no promise works when it is asked: that is then the call's own work. */
const asked = ({ awaited }: Around, value: unknown): unknown =>
  awaited === true && !(value instanceof Promise) && isThenable(value) ? Promise.resolve(value) : value;

function throwOn(thrown: unknown, around: Around, cause: string): unknown {
  const error = stripped(thrown);
  const held = seenThrown(around, error, cause);
  if (around.holds === true && held instanceof Promise) return held.then(() => Promise.reject(error as Error));
  throw error;
}

function handOn(value: unknown, around: Around, cause: string): unknown {
  if (value instanceof Promise && watchesResult(around)) return jobtrailSettled(value, around, cause);
  seen(around, value, cause);
  return given(around, cause, value);
}

/** Shows what a call gave. */
function seen(around: Around, value: unknown, cause: string): unknown {
  try {
    return around.returned?.(value);
  } catch (error) {
    tell(cause, error);
    return undefined;
  }
}

/** Shows what a call threw. */
function seenThrown(around: Around, thrown: unknown, cause: string): unknown {
  try {
    return around.threw?.(thrown);
  } catch (error) {
    tell(cause, error);
    return undefined;
  }
}

const watchesResult = ({ returned, threw, gives }: Around): boolean =>
  returned !== undefined || threw !== undefined || gives !== undefined;

/** `stack.ts` knows this and the functions above by their names. An async function, so that V8 finds the library's own frames behind it. A rejection that nobody handles is still unhandled. */
async function jobtrailSettled(promise: Promise<unknown>, around: Around, cause: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    const error = stripped(thrown);
    const held = seenThrown(around, error, cause);
    if (around.holds === true) await held;
    throw error;
  }
  const held = seen(around, value, cause);
  if (around.holds === true) await held;
  return given(around, cause, value);
}

function given(around: Around, cause: string, value: unknown): unknown {
  if (around.gives === undefined) return value;
  try {
    return around.gives(value);
  } catch (error) {
    tell(cause, error);
    return value;
  }
}

/** Whether something would be waited for by whoever awaits it. */
export function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch (error) {
    tell("reading then", error);
    return false;
  }
}
