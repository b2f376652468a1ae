/** A generated file: where it lies below the root, and its whole text. */
export interface Generated {
  readonly path: string;
  readonly text: string;
}
