import type { EventName } from "@jobtrail/conventions";

/** A job system as its package declares it: data alone, so that it can be read without loading anything. */
export interface JobSystem {
  /** `job.system.name`. */
  readonly name: string;
  /** The package that watches it: the scope of its telemetry. */
  readonly package: string;
  /** The part of a stored job that carries context, or why there is none. */
  readonly carrier: string;
  /** Whether an id may be another job's later, so that the time of creation tells them apart. */
  readonly reusesIds: boolean;
  /** The versions that are watched, each with what can be seen of it. */
  readonly variants: readonly Variant[];
  /** How it is known where a bundler made it a part of the app's own file; absent where that cannot be told. */
  readonly bundled?: Bundled;
}

/** A job system within a bundle. */
export interface Bundled {
  /** A text of its code that bundlers and minifiers leave as it is, and that Jobtrail's own code has nowhere else. */
  readonly text: string;
  /** Whether its entry gives all that is watched: then the app can pass it to `watch`. */
  readonly isWhole: boolean;
}

/** Versions of a job system that are watched in one way. */
export interface Variant {
  /** As the documentation calls it, such as `BullMQ 6`. */
  readonly name: string;
  /** The npm package, as it is imported. */
  readonly module: string;
  /** `>=x.y.z <x[.y[.z]]`. */
  readonly versions: string;
  /** The files that are watched, from the package's root; `.` is its entry. */
  readonly files: readonly string[];
  /** Whether one of them may be an ES module, which only a loader hook reaches. */
  readonly esm: boolean;
  /** The events that its hooks can see. */
  readonly sees: readonly EventName[];
}

/** A file of a job system's package. */
export interface WatchedFile {
  readonly module: string;
  readonly file: string;
}

/** The files of a system that are watched, each once. */
export function filesOf({ variants }: JobSystem): readonly WatchedFile[] {
  const all = variants.flatMap(({ module, files }) => files.map((file) => ({ module, file })));
  return [...new Map(all.map((each) => [`${each.module}/${each.file}`, each])).values()];
}

/** The events that a system's hooks can see, in one of its variants at least. */
export const eventsOf = ({ variants }: JobSystem): readonly EventName[] => [
  ...new Set(variants.flatMap(({ sees }) => sees)),
];

/** The variant that a version of a module is; nothing where it is not watched. */
export const variantOf = (system: JobSystem, module: string, version: string | undefined): Variant | undefined =>
  system.variants.find((variant) => variant.module === module && includes(variant.versions, version ?? ""));

/**
 * Whether a version lies in a range of the form `>=x.y.z <x[.y[.z]]`. The semver package, which
 * knows all forms, costs 28 ms of CPU to load.
 */
export function includes(range: string, version: string): boolean {
  const numbers = numbersIn(version);
  return (
    numbers !== undefined &&
    range.split(" ").every((bound) => {
      const [, operator, text = ""] = /^(>=|<)(.+)$/.exec(bound) ?? [];
      const limit = numbersIn(text);
      if (limit === undefined) return false;
      return operator === ">=" ? compare(numbers, limit) >= 0 : compare(numbers, limit) < 0;
    })
  );
}

type Numbers = readonly [number, number, number];

function numbersIn(text: string): Numbers | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

const compare = (a: Numbers, b: Numbers): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
