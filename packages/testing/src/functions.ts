/** A snapshot of the functions that a library exports, to find later which of them were changed. */
export interface Functions {
  /** Keeps everything reachable from these exports that was not kept before. */
  keep(exports: unknown): void;
  /** The paths of what is not now as it was kept. */
  changed(): string[];
  /** Replaces each function that is not as it was kept. */
  replaceChanged(by: (fn: (...args: unknown[]) => unknown) => unknown): void;
}

type Kept = { readonly path: string; readonly was: ReadonlyMap<PropertyKey, PropertyDescriptor> };

/** An empty store. */
export function functions(): Functions {
  const kept = new Map<object, Kept>();
  const keepOne = (holder: object, path: string): void => {
    if (!kept.has(holder)) kept.set(holder, { path, was: descriptors(holder) });
  };
  const changes = (): (readonly [object, PropertyKey])[] =>
    [...kept].flatMap(([holder, { was }]) => {
      const is = descriptors(holder);
      return [...new Set([...was.keys(), ...is.keys()])]
        .filter((key) => !isSame(was.get(key), is.get(key)) && (was.has(key) || isOurs(is.get(key))))
        .map((key) => [holder, key] as const);
    });
  return {
    keep(exports) {
      for (const [holder, path] of holdersIn(exports, "")) keepOne(holder, path);
    },
    changed: () => changes().map(([holder, key]) => `${kept.get(holder)?.path ?? ""}${String(key)}`),
    replaceChanged(by) {
      for (const [holder, key] of changes()) {
        const descriptor = Object.getOwnPropertyDescriptor(holder, key);
        const value: unknown = descriptor?.value;
        if (typeof value === "function")
          Object.defineProperty(holder, key, { ...descriptor, value: by(value as (...args: unknown[]) => unknown) });
      }
    },
  };
}

/** The exports themselves, each class or object among them, and each class's prototype. */
function* holdersIn(exports: unknown, path: string, depth = 0): Generator<readonly [object, string]> {
  if (!isHolder(exports)) return;
  yield [exports, path];
  const prototype = typeof exports === "function" ? (exports.prototype as unknown) : undefined;
  if (isHolder(prototype)) yield [prototype, `${path}prototype.`];
  if (depth === 2) return;
  for (const [key, descriptor] of descriptors(exports)) {
    if (key === "prototype" || typeof key !== "string") continue;
    // Bundlers export by getters.
    const byGetter = depth === 0 && descriptor.get !== undefined;
    const held: unknown = byGetter ? (exports as Record<string, unknown>)[key] : descriptor.value;
    yield* holdersIn(held, `${path}${key}.`, depth + 1);
  }
}

const isHolder = (value: unknown): value is object =>
  typeof value === "function" || (typeof value === "object" && value !== null);

const descriptors = (holder: object): Map<PropertyKey, PropertyDescriptor> =>
  new Map(Reflect.ownKeys(holder).map((key) => [key, Object.getOwnPropertyDescriptor(holder, key) ?? {}]));

/** A library may add to its exports later; what a tap adds has its mark. */
const isOurs = (added: PropertyDescriptor | undefined): boolean =>
  Object.hasOwn(Object(added?.value) as object, Symbol.for("jobtrail.wrapped"));

/** Only functions are compared: a library may count or cache in its own objects. */
const isSame = (was: PropertyDescriptor | undefined, is: PropertyDescriptor | undefined): boolean =>
  (["value", "get", "set"] as const).every((part) => functionOr(was?.[part]) === functionOr(is?.[part]));

const functionOr = (value: unknown): unknown => (typeof value === "function" ? value : undefined);
