/**
 * The circles among files that import each other, types included: each is a chain from a file back to itself.
 * @param imports the files that each file imports; those that are no key are passed over.
 */
export function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const follow = (file: string, chain: readonly string[]): void => {
    const start = chain.indexOf(file);
    if (start >= 0) found.push([...chain.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) follow(next, [...chain, file]);
    done.add(file);
  };
  for (const file of imports.keys()) follow(file, []);
  return found;
}
