import { readFileSync } from "node:fs";
import nodeModule from "node:module";
import type { LoadFnOutput, LoadHookSync } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isModuleNamespaceObject } from "node:util/types";

/** A file of a package that was evaluated. */
export interface Evaluated {
  readonly module: string;
  /** From the package's root; `.` is its entry. */
  readonly file: string;
  /** As the package's manifest says. */
  readonly version: string | undefined;
  readonly exports: unknown;
}

/** Is called for each wanted file. @returns its exports, or what stands in their place, for which only CommonJS has a way. */
export type OnEvaluated = (file: Evaluated) => unknown;

/** A file that is wanted, `.` for the entry of its package. */
export interface Wanted {
  readonly module: string;
  readonly file: string;
}

/** Packages that are only noted. */
export interface Noted {
  readonly modules: readonly string[];
  /** Is called when one is loaded, maybe more than once. */
  readonly loaded: (place: Place) => void;
}

/**
 * Tells of each wanted file when it was evaluated, once per copy. CommonJS is seen where Node runs it; an ES module
 * is given a last statement that hands over its own namespace, so nothing is wrapped and no other hook is in the way.
 * @param modules the packages that are ES modules.
 * @param noted packages whose files are left as they are.
 * @returns whether ES modules are seen too.
 */
export function hook(
  wanted: readonly Wanted[],
  modules: readonly string[],
  evaluated: OnEvaluated,
  noted: Noted,
): boolean {
  const placeOf = noting(wanted, noted);
  hookCommonJs(placeOf, evaluated);
  // Deno has the first alone, and where a hook is registered, CommonJS modules there no longer find others.
  const isNode = typeof nodeModule.registerHooks === "function" && typeof nodeModule.register === "function";
  if (isNode) hookModules(wanted, placeOf, evaluated);
  const { Bun: bun } = globalThis as { readonly Bun?: Bun };
  if (bun !== undefined) hookInBun(bun, modules, placeOf, evaluated);
  return isNode || bun !== undefined;
}

/** Where a wanted file belongs. */
export interface Place extends Wanted {
  readonly version: string | undefined;
}

/** Says which wanted file a path is. */
export type PlaceOf = (path: string) => Place | undefined;

/** As `placing` says, but for the packages that are only noted. */
function noting(wanted: readonly Wanted[], { modules, loaded }: Noted): PlaceOf {
  const placeOf = placing([...wanted, ...modules.map((module) => ({ module, file: "." }))]);
  return (path) => {
    const place = placeOf(path);
    if (place === undefined || !modules.includes(place.module)) return place;
    loaded(place);
    return undefined;
  };
}

/** A CommonJS module as Node keeps it. */
interface CommonJs {
  exports: unknown;
  readonly loaded: boolean;
}

/** What Node's `module` has beside what it documents; Bun has no `load`. */
interface Internals {
  readonly prototype?: { load?: (this: CommonJs, filename: string) => void };
  readonly _extensions: Record<string, (this: unknown, module: CommonJs, filename: string) => void>;
  readonly _cache: Readonly<Record<string, CommonJs | undefined>>;
}

function hookCommonJs(placeOf: PlaceOf, evaluated: OnEvaluated): void {
  const { prototype, _extensions: extensions, _cache: cache } = nodeModule as unknown as Internals;
  const loaded = (module: CommonJs, filename: string): void => {
    const place = placeOf(filename);
    // An ES module that was required has told of itself, where hooks let it.
    if (place === undefined || (hasSoundHooks && isModuleNamespaceObject(module.exports))) return;
    module.exports = evaluated({ ...place, exports: module.exports });
  };
  // What was loaded before Jobtrail: its exports stay what they are.
  for (const [filename, module] of Object.entries(cache)) if (module?.loaded === true) loaded(module, filename);
  const [load, run] = [prototype?.load, extensions[".js"]];
  // Tools that compile, such as tsx, put handlers of their own in the place of Node's: `load` calls whichever is there.
  if (prototype !== undefined && load !== undefined)
    prototype.load = function (filename) {
      load.call(this, filename);
      loaded(this, filename);
    };
  else if (run !== undefined)
    for (const extension of [".js", ".cjs"])
      extensions[extension] = function (module, filename) {
        run.call(this, module, filename);
        loaded(module, filename);
      };
}

/** What is used of Bun. */
interface Bun {
  plugin(plugin: {
    readonly name: string;
    setup(build: {
      onLoad(
        on: { readonly filter: RegExp },
        load: (file: { readonly path: string }) => { readonly loader: "js"; readonly contents: string },
      ): void;
    }): void;
  }): void;
}

/**
 * Bun's own hook, which must give the text of each module that it names, and would break a CommonJS one.
 * @param modules the packages that are ES modules.
 */
function hookInBun(bun: Bun, modules: readonly string[], placeOf: PlaceOf, evaluated: OnEvaluated): void {
  receiving(placeOf, evaluated);
  const filter = new RegExp(`/node_modules/(${modules.join("|").replaceAll(".", "\\.")})/.*\\.m?js$`);
  const contentsOf = (path: string): string => {
    const text = readFileSync(path, "utf8");
    return placeOf(path) === undefined ? text : `${text}${handingOver(pathToFileURL(path).href, text, path)}`;
  };
  bun.plugin({
    name: "jobtrail",
    setup: (build) => build.onLoad({ filter }, ({ path }) => ({ loader: "js", contents: contentsOf(path) })),
  });
}

const key = "jobtrail.evaluated";
const scheme = "jobtrail:";

/** Lets modules hand over what they export. */
function receiving(placeOf: PlaceOf, evaluated: OnEvaluated): void {
  const tell = (url: string, exports: object, setters: Setters = {}): void => {
    const place = placeOf(pathOf(url));
    if (place !== undefined) evaluated({ ...place, exports: assignable(exports, setters) });
  };
  Object.defineProperty(globalThis, Symbol.for(key), { value: tell });
}

function hookModules(wanted: readonly Wanted[], placeOf: PlaceOf, evaluated: OnEvaluated): void {
  receiving(placeOf, evaluated);
  if (!hasSoundHooks) {
    // There, a required ES module ends the process once a loader is registered, so a CommonJS app does without.
    if (isModule(process.argv[1]))
      nodeModule.register(`./loader${extname(import.meta.filename)}`, import.meta.url, { data: wanted });
    return;
  }
  // With a hook that resolves, each require of the app costs more: it is there from the first ES module on that needs it.
  let resolves = false;
  const load: LoadHookSync = (url, context, next) => {
    const loaded = next(url, context);
    const told = telling(url, loaded, placeOf);
    if (told !== loaded && !resolves) nodeModule.registerHooks({ resolve: resolving });
    resolves ||= told !== loaded;
    return told;
  };
  nodeModule.registerHooks({ load });
}

/** What assigns an exported function within its module. */
type Setters = Readonly<Record<string, (value: unknown) => void>>;

/** A module's namespace whose functions can be replaced, for its importers and for the module itself. */
function assignable(namespace: object, setters: Setters): object {
  if (Object.keys(setters).length === 0) return namespace;
  // Over an object of its own, as a namespace must give what it holds.
  return new Proxy(
    {},
    {
      get: (_, name): unknown => Reflect.get(namespace, name),
      has: (_, name) => Reflect.has(namespace, name),
      ownKeys: () => Reflect.ownKeys(namespace),
      getOwnPropertyDescriptor(_, name) {
        const own = Reflect.getOwnPropertyDescriptor(namespace, name);
        return own && { ...own, configurable: true };
      },
      defineProperty(_, name, { value }) {
        const set = typeof name === "string" && Object.hasOwn(setters, name) ? setters[name] : undefined;
        set?.(value);
        return set !== undefined;
      },
    },
  );
}

/** Before these versions, synchronous hooks break a required ES module, and hide what an imported CommonJS one requires. */
const soundSince: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
  22: [22, 3],
  24: [11, 1],
  25: [1, 0],
};

const hasSoundHooks = isSound(process.versions.node);

function isSound(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [sinceMinor, sincePatch] = soundSince[major] ?? [major > 25 ? 0 : Number.POSITIVE_INFINITY, 0];
  return minor > sinceMinor || (minor === sinceMinor && patch >= sincePatch);
}

/** Whether a program is an ES module: by its extension, else by the nearest manifest. */
function isModule(main: string | undefined): boolean {
  if (main === undefined || /\.[cm][jt]s$/.test(main)) return main !== undefined && /\.m[jt]s$/.test(main);
  for (let at = dirname(main); ; at = dirname(at)) {
    const type = typeIn(at);
    if (type !== undefined || at === dirname(at)) return type === "module";
  }
}

/** The type that a folder's manifest gives to its files; undefined where the folder has no manifest. */
function typeIn(folder: string): string | undefined {
  try {
    const { type = "commonjs" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { type?: string };
    return type;
  } catch {
    return undefined;
  }
}

/** Resolves the statement that hands over a module's namespace to that module, past the hooks of others. */
export function resolving<Context, Result>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Result,
): Result | { readonly url: string; readonly format: "module"; readonly shortCircuit: true } {
  if (!specifier.startsWith(scheme)) return next(specifier, context);
  return { url: decodeURIComponent(specifier.slice(scheme.length)), format: "module", shortCircuit: true };
}

/** What was loaded, with a last statement that hands over the module's namespace where it is a wanted ES module. */
export function telling<Result extends LoadFnOutput>(url: string, loaded: Result, placeOf: PlaceOf): Result {
  if (loaded.format !== "module" || !isWanted(url, placeOf)) return loaded;
  const text = textOf(loaded.source, url);
  return { ...loaded, source: `${text}${handingOver(url, text, scheme + encodeURIComponent(url))}` };
}

/** Whether a URL is a wanted file's own: import-in-the-middle adds a query for a module that only wraps it. */
const isWanted = (url: string, placeOf: PlaceOf): boolean =>
  url.startsWith("file:") && !/[?&]iitm=/.test(url) && placeOf(pathOf(url)) !== undefined;

const pathOf = (url: string): string => decodeURIComponent(new URL(url).pathname);

// The import is resolved by our own hook, past those of others: it gives the very module that it stands in.
const handingOver = (url: string, text: string, specifier: string): string => {
  const setters = functionsIn(text).map((name) => `${name}:(__jobtrailValue)=>{${name}=__jobtrailValue}`);
  return `\nimport * as __jobtrail from ${JSON.stringify(specifier)};globalThis[Symbol.for(${JSON.stringify(key)})]?.(${JSON.stringify(url)}, __jobtrail, {${setters.join(",")}});\n`;
};

/** The functions that a module exports where it declares them: their names can be assigned, unlike those of a namespace. */
const functionsIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/^export (?:async )?function\*? *([A-Za-z_$][\w$]*)/gm)].map(([, name = ""]) => name)),
];

type Source = LoadFnOutput["source"];

function textOf(source: Source, url: string): string {
  if (typeof source === "string") return source;
  return source instanceof Uint8Array ? Buffer.from(source).toString() : readFileSync(new URL(url), "utf8");
}

const folder = "/node_modules/";

/** Finds out whether a path is a wanted file. A path that is none costs a search for one name. */
export function placing(wanted: readonly Wanted[]): PlaceOf {
  const files = new Map<string, Set<string>>();
  for (const { module, file } of wanted) files.set(module, (files.get(module) ?? new Set()).add(file));
  const packages = new Map<string, Package>();
  const packageAt = (root: string): Package => {
    const known = packages.get(root) ?? packageIn(root);
    packages.set(root, known);
    return known;
  };
  return (given) => {
    const path = given.includes("\\") ? given.replaceAll("\\", "/") : given;
    const at = path.lastIndexOf(folder);
    if (at === -1) return undefined;
    const start = at + folder.length;
    const slash = path.indexOf("/", path[start] === "@" ? path.indexOf("/", start) + 1 : start);
    const module = path.slice(start, slash);
    const inner = files.get(module);
    if (inner === undefined) return undefined;
    const file = path.slice(slash + 1);
    if (inner.has(file)) return { module, file, version: packageAt(path.slice(0, slash)).version };
    if (!inner.has(".")) return undefined;
    const { version, entries } = packageAt(path.slice(0, slash));
    return entries.has(file) ? { module, file: ".", version } : undefined;
  };
}

interface Package {
  readonly version: string | undefined;
  readonly entries: ReadonlySet<string>;
}

/** The version of a package, and each file that its manifest names as its entry. */
function packageIn(root: string): Package {
  try {
    const text = readFileSync(pathToFileURL(`${root}/package.json`), "utf8");
    const { version, main, module, exports } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const own = isRecord(exports) && "." in exports ? exports["."] : exports;
    const named = [main ?? "index.js", module, ...textsIn(own)].filter((each) => typeof each === "string");
    const entries = named.flatMap((name) => [name, `${name}.js`, `${name}/index.js`]);
    return {
      version: typeof version === "string" ? version : undefined,
      entries: new Set(entries.map((name) => name.replace(/^\.\//, ""))),
    };
  } catch {
    return { version: undefined, entries: new Set() };
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Every text in a tree of conditions; subpaths of the package are no entry. */
const textsIn = (tree: unknown): readonly string[] => {
  if (typeof tree === "string") return [tree];
  if (!isRecord(tree)) return [];
  return Object.entries(tree).flatMap(([name, value]) => (name.startsWith("./") ? [] : textsIn(value)));
};
