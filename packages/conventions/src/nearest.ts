/** The word that is most like another one. */
export const nearest = (word: string, known: readonly string[]): string | undefined =>
  known.toSorted((a, b) => distance(word, a) - distance(word, b))[0];

/** Levenshtein distance; letters that are only missing at the end cost little: a beginning is a good guess. */
function distance(word: string, known: string): number {
  let row = Array.from({ length: known.length + 1 }, (_, i) => i);
  for (const [i, letter] of word.split("").entries()) {
    const next = [i + 1];
    for (const [j, other] of known.split("").entries())
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return Math.min(...row.map((cost, j) => cost + (known.length - j) / 10));
}
