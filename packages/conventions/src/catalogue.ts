/**
 * The errors of a package by their codes. Each makes one sentence or two from the values at fault: what happened, and
 * what to do. `docs/reference/errors.md` is generated from these.
 */
export type Catalogue = Readonly<Record<`JOBTRAIL_${string}`, (values: never) => string>>;

/** The codes of a catalogue. */
export type CodeOf<C extends Catalogue> = keyof C & string;

/** The values that the sentence of an error is made of. */
export type ValuesOf<Sentence> = Sentence extends (values: infer Values) => string ? Values : never;

/** An error of a catalogue. Its message is one line: the code, what happened, what to do. */
export class CatalogueError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, sentence: string, options?: ErrorOptions) {
    super(`${code}: ${sentence}`, options);
    this.name = "CatalogueError";
    this.code = code;
  }
}

/** The line for an error of a catalogue that is not thrown. */
export const errorLine = <C extends Catalogue, Code extends CodeOf<C>>(
  catalogue: C,
  code: Code,
  values: ValuesOf<C[Code]>,
): string => `${code}: ${sentenceOf(catalogue, code, values)}`;

/**
 * Makes an error of a catalogue to be thrown; the original error goes into `options.cause`.
 * @example
 * import { errorOf } from "@jobtrail/conventions";
 *
 * const catalogue = { JOBTRAIL_FILE_GONE: ({ path }) => `${path} is gone. Name another file.` };
 * console.log(errorOf(catalogue, "JOBTRAIL_FILE_GONE", { path: "a.json" }).message); // JOBTRAIL_FILE_GONE: a.json is gone. Name another file.
 */
export const errorOf = <C extends Catalogue, Code extends CodeOf<C>>(
  catalogue: C,
  code: Code,
  values: ValuesOf<C[Code]>,
  options?: ErrorOptions,
): CatalogueError<Code> => new CatalogueError(code, sentenceOf(catalogue, code, values), options);

/** Makes the errors of one catalogue. */
export type Failure<C extends Catalogue> = <Code extends CodeOf<C>>(
  code: Code,
  values: ValuesOf<C[Code]>,
  options?: ErrorOptions,
) => CatalogueError<Code>;

/** What makes the errors of a catalogue. */
export const failureOf =
  <C extends Catalogue>(catalogue: C): Failure<C> =>
  (code, values, options) =>
    errorOf(catalogue, code, values, options);

/** The reason in what was thrown, whatever it is. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const sentenceOf = <C extends Catalogue>(catalogue: C, code: CodeOf<C>, values: unknown): string =>
  (catalogue[code as keyof Catalogue] as (values: unknown) => string)(values);
